import type { Logger } from '@datakeep/kernel';
import { LanguageLauncher, type Launcher, type LaunchRequest } from './launcher.ts';
import { findBubblewrap, JailLauncher } from './jail-launcher.ts';

/**
 * The strongest launcher that this machine allows, prepared: the jail in its own namespaces, the jail, or no jail. What
 * is missing is logged and reported in `isolation.proof`; `IsolationGate` decides whether view code may run without it.
 */
export async function bestLauncher(
  request: LaunchRequest,
  logger: Logger,
  find: () => Promise<string | undefined> = findBubblewrap,
): Promise<Launcher> {
  const bubblewrap = await find();
  const jails = [
    ...(bubblewrap === undefined
      ? []
      : [{ launcher: new JailLauncher({ bubblewrap }), otherwise: 'Bubblewrap is installed and does not work here' }]),
    { launcher: new JailLauncher(), otherwise: 'There is no kernel jail for view code' },
  ];
  let reason = '';
  for (const { launcher, otherwise } of jails) {
    try {
      await launcher.prepare(request);
      return launcher;
    } catch (error) {
      reason = error instanceof Error ? error.message : 'unknown';
      logger.warn(otherwise, { reason });
    }
  }
  const launcher = new LanguageLauncher(process.platform, reason);
  await launcher.prepare(request);
  return launcher;
}
