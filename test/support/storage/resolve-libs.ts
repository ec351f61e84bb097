import { registerHooks } from 'node:module';

// Lets a plain Node process import the libs from source, as tsconfig's paths do for tests: `node --import
// .../resolve-libs.ts`.
const libs = new URL('../../../libs/', import.meta.url);

registerHooks({
  resolve(specifier, context, next) {
    const lib = /^@datakeep\/([a-z-]+)$/.exec(specifier)?.[1];
    return next(lib === undefined ? specifier : new URL(`${lib}/src/index.ts`, libs).href, context);
  },
});
