import { aggregationLaw } from './data-storage.aggregation.contract.ts';
import { changesLaw } from './data-storage.changes.contract.ts';
import type { Harness } from './data-storage.fixture.ts';
import { pagesLaw } from './data-storage.pages.contract.ts';
import { queriesLaw } from './data-storage.queries.contract.ts';
import { restoreLaw } from './data-storage.restore.contract.ts';
import { writesLaw } from './data-storage.writes.contract.ts';

/** The contract of the DataStorage port (libs/contracts/src/data-storage.ts), for every engine and stand-in. */
export function dataStorageContract(harness: Harness): void {
  writesLaw(harness);
  restoreLaw(harness);
  changesLaw(harness);
  queriesLaw(harness);
  pagesLaw(harness);
  aggregationLaw(harness);
}
