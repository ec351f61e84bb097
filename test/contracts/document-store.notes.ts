import type { CollectionDefinition } from '@datakeep/documents';

interface Note {
  readonly id: string;
  readonly text: string;
}

export const notes = { name: 'notes', fields: { text: { type: 'string' } }, indexes: [] } as const;
export const indexedNotes: CollectionDefinition<Note> = {
  ...notes,
  indexes: ['a', 'b', 'c'].map((name) => ({ name, fields: ['text'], serves: 'a sort by text' })),
};
