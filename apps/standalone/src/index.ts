export { dataDirParts } from './data-dir-parts.ts';
