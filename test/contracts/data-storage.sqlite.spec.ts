import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStorage } from '@datakeep/storage';
import { SystemClock } from '@datakeep/kernel';
import { groupLimitsLaw } from './data-storage.aggregation.contract.ts';
import { dataStorageContract } from './data-storage.contract.ts';
import { transferLaw } from './data-storage.transfer.contract.ts';
import { holdSqliteWrites } from './sqlite-hold.ts';

const harness = {
  engine: 'SQLite',
  real: true,
  place: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'datakeep-events-'));
    return {
      open: () => openSqliteStorage({ directory, synchronous: 'normal', readers: 2, clock: new SystemClock() }),
      discard: () => rm(directory, { recursive: true }),
      holdWrites: () => holdSqliteWrites(directory),
    };
  },
};

dataStorageContract(harness);
groupLimitsLaw(harness);
transferLaw(harness);
