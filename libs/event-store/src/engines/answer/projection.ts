/** Chosen payload members as a tree; an empty tree is a member taken whole. */
export type Choice = Map<string, Choice>;

/** `payload.a.b` chooses member `b` of member `a`. A path that ends where a longer one goes on takes the whole member. */
export function choiceOf(fields: readonly string[]): Choice {
  const root: Choice = new Map();
  for (const field of [...fields].sort((a, b) => a.length - b.length)) add(root, field.split('.').slice(1));
  return root;
}

function add(root: Choice, steps: readonly string[]): void {
  let node = root;
  for (const [index, step] of steps.entries()) {
    const known = node.get(step);
    if (known?.size === 0) return;
    const next: Choice = known ?? new Map();
    node.set(step, next);
    node = next;
    if (index === steps.length - 1) node.clear();
  }
}

/**
 * The chosen members of a payload, which is an object:
 * - of an object, the chosen members that it has, each whole or, where the path goes on, projected in its turn; an object of which
 *   nothing is chosen stays as `{}`;
 * - of an array that a path goes on into, the projections of its elements that are objects, in their order; other elements are left out;
 * - of any other value that a path goes on into, nothing: the member is left out.
 */
export function project(payload: Readonly<Record<string, unknown>>, choice: Choice): Record<string, unknown> {
  const chosen: Record<string, unknown> = {};
  for (const [name, deeper] of choice) {
    if (!Object.hasOwn(payload, name)) continue;
    const value = payload[name];
    if (deeper.size === 0) chosen[name] = value;
    else if (Array.isArray(value))
      chosen[name] = value.filter((element) => isObject(element)).map((element) => project(element, deeper));
    else if (isObject(value)) chosen[name] = project(value, deeper);
  }
  return chosen;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
