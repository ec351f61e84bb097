/**
 * The payload with only the members that the paths lead to. Where a path continues, an object keeps what it leads to,
 * an array its objects, each treated alike; an object or an array of which nothing is kept is left out, as is anything
 * else.
 */
export function chosen(payload: unknown, fields: readonly string[]): unknown {
  const paths = fields.map((field) => field.split('.').slice(1));
  return pick(payload, paths) ?? {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) {
    const elements = value.map((element) => (isObject(element) ? pick(element, paths) : undefined));
    return some(elements.filter((element) => element !== undefined));
  }
  if (!isObject(value)) return undefined;
  const kept = Object.entries(value).map(([name, member]) => {
    const onward = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    return [name, onward.length === 0 ? undefined : pick(member, onward)] as const;
  });
  return some(Object.fromEntries(kept.filter(([, member]) => member !== undefined)));
}

const some = (container: object): object | undefined => (Object.keys(container).length > 0 ? container : undefined);
