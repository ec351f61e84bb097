/** Chosen payload members as a tree; an empty tree is a member taken whole. */
export type Choice = Map<string, Choice>;

/** `payload.a.b` chooses member `b` of member `a`. A path that is a prefix of a longer one takes the whole member. */
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
 * The chosen members of a payload, each whole, and of their ancestors only what leads to one:
 * - of an object, the chosen members that it has; where the path continues, the member is projected recursively and
 *   left out if nothing is chosen in it;
 * - of an array that a path continues into, the projections of those of its elements that are objects and have
 *   something chosen, in their order; an array without one is left out;
 * - of any other value that a path continues into, nothing.
 *
 * So a path yields something exactly where `exists` holds for it. The answer holds an empty object or array only as a
 * chosen member, or within one.
 */
export function project(payload: Readonly<Record<string, unknown>>, choice: Choice): Record<string, unknown> {
  return chosenOf(payload, choice) ?? {};
}

function chosenOf(holder: Readonly<Record<string, unknown>>, choice: Choice): Record<string, unknown> | undefined {
  let chosen: Record<string, unknown> | undefined;
  for (const [name, deeper] of choice) {
    if (!Object.hasOwn(holder, name)) continue;
    const value = deeper.size === 0 ? holder[name] : insideOf(holder[name], deeper);
    if (value !== undefined) (chosen ??= {})[name] = value;
  }
  return chosen;
}

function insideOf(value: unknown, choice: Choice): unknown {
  if (!Array.isArray(value)) return isObject(value) ? chosenOf(value, choice) : undefined;
  const elements: unknown[] = [];
  for (const element of value) {
    const chosen = isObject(element) ? chosenOf(element, choice) : undefined;
    if (chosen) elements.push(chosen);
  }
  return elements.length > 0 ? elements : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
