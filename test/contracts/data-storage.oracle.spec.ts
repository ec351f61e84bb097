import { MemoryOracle } from '../support/oracle/memory-oracle.ts';
import { dataStorageContract } from './data-storage.contract.ts';

dataStorageContract({
  engine: 'The oracle',
  real: false,
  place: () => Promise.resolve({ open: () => Promise.resolve(new MemoryOracle()), discard: () => Promise.resolve() }),
});
