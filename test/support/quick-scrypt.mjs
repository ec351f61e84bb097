/**
 * Loaded by `--import` into processes that tests start and that make backups: a passphrase is stretched with 2^10 steps
 * in the place of 2^18, which take a second of a processor at each packing and each opening.
 */
import { registerHooks } from 'node:module';

const asked = 'this.scryptWorkFactor = logN';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/age-encryption/dist/index.js')) return loaded;
    const source = String(loaded.source);
    if (!source.includes(asked)) throw new Error('age-encryption sets its work factor in another way.');
    return { ...loaded, source: source.replace(asked, 'this.scryptWorkFactor = 10') };
  },
});
