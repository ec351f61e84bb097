import { asAdmin } from '../developer/admin-session.ts';
import { rotated, reportVoided } from '../key-texts.ts';
import { NotDone } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';
import type { RemoteOptions } from './remote-options.ts';

/** As `GET /keys` answers it. */
interface Keys {
  readonly source: 'file' | 'configuration';
  readonly current: { readonly kid: string };
  readonly previous: { readonly kid: string } | null;
}

/** Rotates the signing key of a keep elsewhere; what that voids is printed first. */
export async function rotateKeyRemote(options: RemoteOptions, { reporter }: CommandContext): Promise<void> {
  await asAdmin(options, async (session) => {
    const { source, current, previous } = await session.ask<Keys>('GET', '/keys');
    if (source === 'configuration')
      throw new NotDone('The signing key is given by SIGNING_KEY: change that variable and restart.');
    reportVoided(current, previous, reporter);
    const state = await session.ask<Keys>('POST', '/keys/rotate', { kid: current.kid });
    rotated(state, 'from now on', reporter);
  });
}
