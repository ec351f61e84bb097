/**
 * The bare view process: gets events over IPC and answers with a number. Warm, trusted, unlimited: the minimum cost of
 * a separate process.
 */
interface Task {
  readonly id: number;
  readonly events: readonly { readonly payload: { readonly value: number } }[];
}

process.on('message', (task: Task) => {
  let sum = 0;
  for (const event of task.events) sum += event.payload.value;
  process.send?.({ id: task.id, result: sum });
});
