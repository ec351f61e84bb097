import { inject } from 'vitest';
import { dataStorageContract } from '../contracts/data-storage.contract.ts';
import { storageInterface } from './storage-interface.ts';
import { urlPlace } from './url-place.ts';

const address = inject('storageAddress');

storageInterface(address);
dataStorageContract({
  engine: 'The storage',
  real: false,
  place: () => Promise.resolve(urlPlace(address)),
});
