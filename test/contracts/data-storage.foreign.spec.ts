import { SystemClock } from '@datakeep/kernel';
import { HttpDataStorage } from '@datakeep/transport';
import { startForeignStorage } from '../support/foreign-storage/foreign-storage.ts';
import { dataStorageContract } from './data-storage.contract.ts';

const clock = new SystemClock();

dataStorageContract({
  engine: 'A foreign storage over HTTP',
  real: false,
  place: async () => {
    const foreign = await startForeignStorage();
    return {
      open: () => Promise.resolve(new HttpDataStorage({ url: foreign.url, key: foreign.key, clock })),
      discard: () => foreign.stop(),
    };
  },
});
