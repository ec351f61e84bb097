export * from './document-store.ts';
export * from './every-of.ts';
export * from './list-page.ts';
export type { RecordsPart } from './records-part.ts';
export { tookPlace } from './took-place.ts';
export * from './weighed-page.ts';
export * from './sqlite/sqlite-documents.ts';
export * from './mongo/index.ts';
export { DOCUMENTS, documentsFile, DocumentsModule, documentsPart, openDocuments } from './documents.module.ts';
