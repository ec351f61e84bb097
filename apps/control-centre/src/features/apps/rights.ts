import type { Right } from './queries.ts';

export const rightsInOrder: readonly Right[] = ['read', 'create', 'modify', 'delete'];

/** As the owner reads them. */
export const rightLabels: Readonly<Record<Right, string>> = {
  read: 'Read',
  create: 'Add',
  modify: 'Change',
  delete: 'Delete',
};
