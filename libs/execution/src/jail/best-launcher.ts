import type { Isolation } from '@datakeep/contracts';
import type { Logger } from '@datakeep/kernel';
import { LanguageLauncher, type Launch, type Launcher, type LaunchRequest } from './launcher.ts';
import { findBubblewrap, JailLauncher } from './jail-launcher.ts';

/**
 * The strongest launcher that this machine allows: the jail in its own namespaces, the jail, or no jail. What is
 * missing is logged and reported in `isolation.proof`; `IsolationGate` decides whether view code may run without it.
 */
export class BestLauncher implements Launcher {
  readonly #logger: Logger;
  readonly #bubblewrap: () => Promise<string | undefined>;
  #chosen: Launcher | undefined;

  constructor(logger: Logger, bubblewrap: () => Promise<string | undefined> = findBubblewrap) {
    this.#logger = logger;
    this.#bubblewrap = bubblewrap;
  }

  async prepare(request: LaunchRequest): Promise<void> {
    const bubblewrap = await this.#bubblewrap();
    if (
      bubblewrap !== undefined &&
      (await this.#take(
        new JailLauncher({ bubblewrap }),
        request,
        'Bubblewrap is installed and does not work here',
      )) === undefined
    )
      return;
    const missing = await this.#take(new JailLauncher(), request, 'There is no kernel jail for view code');
    if (missing === undefined) return;
    this.#chosen = new LanguageLauncher(process.platform, missing);
    await this.#chosen.prepare(request);
  }

  async #take(launcher: Launcher, request: LaunchRequest, otherwise: string): Promise<string | undefined> {
    try {
      await launcher.prepare(request);
      this.#chosen = launcher;
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.#logger.warn(otherwise, { reason });
      return reason;
    }
  }

  launch(request: LaunchRequest): Launch {
    return this.#prepared().launch(request);
  }

  get isolation(): Isolation & { readonly proof: string } {
    return this.#prepared().isolation;
  }

  async close(): Promise<void> {
    await this.#chosen?.close();
  }

  #prepared(): Launcher {
    if (!this.#chosen) throw new Error('The launcher is not prepared.');
    return this.#chosen;
  }
}
