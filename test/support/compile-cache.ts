const { NODE_COMPILE_CACHE } = process.env;

/** For the environment of a keep: what one process has compiled of the packages, the next need not. `.ci/run` sets it. */
export const compileCache: Readonly<Record<string, string>> = NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {};
