/** The bare view process: gets events over IPC and answers with a number. Warm, trusted, unlimited: the least that a process of its own costs. */
interface Task {
  readonly id: number;
  readonly events: readonly { readonly payload: { readonly value: number } }[];
}

process.on('message', (task: Task) => {
  let sum = 0;
  for (const event of task.events) sum += event.payload.value;
  process.send?.({ id: task.id, result: sum });
});
