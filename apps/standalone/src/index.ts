export { dataDirParts } from './data-dir-parts.ts';
export { contentOf } from './manifest-content.ts';
