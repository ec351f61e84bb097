import { registerHooks } from 'node:module';

/**
 * Lets a child process of a test, which Node runs without Vitest, import `@datakeep/<lib>`. Given to Node by
 * `--import`.
 */
registerHooks({
  resolve(specifier, context, nextResolve) {
    const lib = /^@datakeep\/([a-z-]+)$/.exec(specifier)?.[1];
    return nextResolve(lib ? new URL(`../../libs/${lib}/src/index.ts`, import.meta.url).href : specifier, context);
  },
});
