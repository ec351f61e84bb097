/**
 * The payload with only the members that the paths lead to. Where a path goes on, an object keeps what it leads to (perhaps nothing: `{}`),
 * an array keeps its objects, each treated alike, and anything else is left out.
 */
export function chosen(payload: unknown, fields: readonly string[]): unknown {
  return pick(
    payload,
    fields.map((field) => field.split('.').slice(1)),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.filter((element) => isObject(element)).map((element) => pick(element, paths));
  if (!isObject(value)) return undefined;
  const kept = Object.entries(value).map(([name, member]) => {
    const onward = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    return [name, onward.length === 0 ? undefined : pick(member, onward)] as const;
  });
  return Object.fromEntries(kept.filter(([, member]) => member !== undefined));
}
