import type { Field } from './fields.ts';

interface Branch {
  readonly members: Map<string, Branch>;
}

const trees = new WeakMap<readonly Field[], Branch>();

function treeOf(fields: readonly Field[]): Branch {
  const known = trees.get(fields);
  if (known) return known;
  const root: Branch = { members: new Map() };
  for (const { path } of fields) {
    let at = root;
    for (const name of path.split('.').slice(1)) {
      const below = at.members.get(name) ?? { members: new Map<string, Branch>() };
      at.members.set(name, below);
      at = below;
    }
  }
  trees.set(fields, root);
  return root;
}

/**
 * The part of a payload outside the fields; undefined where they hold all of it. An array on the way to fields is kept
 * whole.
 */
export function restOf(payload: unknown, fields: readonly Field[]): unknown {
  return rest(payload, treeOf(fields));
}

function rest(value: unknown, { members }: Branch): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const left: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const below = members.get(name);
    const remains = below === undefined ? member : below.members.size === 0 ? undefined : rest(member, below);
    if (remains !== undefined) left[name] = remains;
  }
  return Object.keys(left).length === 0 ? undefined : left;
}
