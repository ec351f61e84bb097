export { mappingFor } from './csv/csv.ts';
export type { CsvMapping } from './csv/csv-mapping.ts';
export { importers, recognise, type ImporterName, type ReadOptions } from './importers.ts';
export { ImportFault, type ImportedEvent, type ImportItem, type Source } from './importer.ts';
