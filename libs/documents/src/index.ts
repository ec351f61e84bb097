export * from './document-store.ts';
export * from './sqlite/sqlite-documents.ts';
