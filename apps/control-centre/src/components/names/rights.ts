import type { Permission } from '../../api/operations.ts';

export type Right = Permission['requested'][number];

/** One word for each right, wherever the owner reads it. */
export const rightLabels: Readonly<Record<Right, string>> = {
  read: 'Read',
  create: 'Add',
  modify: 'Change',
  delete: 'Delete',
};

export const rightsInOrder: readonly Right[] = ['read', 'create', 'modify', 'delete'];

/** `read, add`, whatever order they are given in. A right that is not known shows as it is. */
export function rightsText(rights: Iterable<string>): string {
  const given = new Set(rights);
  const known = rightsInOrder.filter((right) => given.delete(right)).map((right) => rightLabels[right].toLowerCase());
  return [...known, ...given].join(', ');
}
