import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkoutVariable, givenCheckout } from './environment.ts';

export interface KeepProgram {
  readonly node: string;
  readonly main: string;
}

/** The built keep of the checkout: the given one, that of the environment, or the one that this package lies in. */
export function keepProgram(given: string | undefined): KeepProgram {
  const own = fileURLToPath(new URL('../../..', import.meta.url));
  const checkout = resolve(given ?? givenCheckout() ?? own);
  const main = join(checkout, 'dist/current/apps/standalone/src/main.js');
  if (!existsSync(main))
    throw new Error(
      `There is no built keep in ${checkout}: give startKeep({ checkout }), or ${checkoutVariable}, a checkout of ` +
        'Datakeep in which `npm ci && npm run build` was run.',
    );
  // A keep needs a later Node than its clients do; the checkout brings it.
  const node = join(checkout, 'node_modules/.bin/node');
  return { node: existsSync(node) ? node : process.execPath, main: realpathSync(main) };
}
