/** The only reader of this package's environment. */

/** Names a checkout of Datakeep in which `npm ci` and `npm run build` were run. */
export const checkoutVariable = 'DATAKEEP_CHECKOUT';

export const givenCheckout = (): string | undefined => process.env[checkoutVariable] || undefined;

/** What a keep inherits: nothing that configures it, so that it is the same on every machine. */
export function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

export const wholeEnvironment = (): NodeJS.ProcessEnv => process.env;
