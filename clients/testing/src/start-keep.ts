import { randomBytes } from 'node:crypto';
import { type AssociateOptions, Datakeep } from '@datakeep/client';
import { Admin } from './admin.ts';
import { Approving } from './approving.ts';
import { KeepProcess } from './keep-process.ts';
import { keepProgram } from './keep-program.ts';

export interface StartKeepOptions {
  /** A checkout of Datakeep with a build; default: DATAKEEP_CHECKOUT, else the one that this package lies in. */
  readonly checkout?: string | undefined;
  /** Variables of docs/configuration.md. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How long the start may take, ms; default: 90,000. */
  readonly patienceMs?: number | undefined;
}

export interface AppOptions extends Omit<AssociateOptions, 'url' | 'associationToken' | 'name'> {
  /** Web pages that call as the app, such as `http://localhost:5173`. */
  readonly origins?: readonly string[] | undefined;
}

/** A keep that is there for a test. */
export class TestKeep {
  readonly url: string;
  readonly admin: Admin;
  readonly #process: KeepProcess;
  readonly #apps: Datakeep[] = [];
  readonly #approving: Approving[] = [];

  /** Use `startKeep`. */
  constructor(process: KeepProcess, url: string, password: string) {
    this.#process = process;
    this.url = url;
    this.admin = new Admin(url, password);
  }

  /** What the keep printed: the last 64 KiB. */
  get output(): string {
    return this.#process.output;
  }

  /** Makes an app and associates it; it has no rights yet. Each call makes another. */
  async app(name: string, { origins, ...options }: AppOptions = {}): Promise<Datakeep> {
    const { id } = await this.admin.makeApp(name, { origins });
    const associationToken = await this.admin.makeAssociationToken(id);
    const app = await Datakeep.associate({ ...options, url: this.url, associationToken, name });
    this.#apps.push(app);
    return app;
  }

  /** Grants every request as it comes, until it or the keep is stopped. */
  approveEverything(): Approving {
    const approving = new Approving(this.admin);
    this.#approving.push(approving);
    return approving;
  }

  /** Ends the keep and removes its folder. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#approving.splice(0).map((approving) => approving.stop()));
    await Promise.allSettled(this.#apps.splice(0).map((app) => app.close()));
    await this.#process.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts a keep on a free port and a temporary folder, without rate limits. It ends with `stop`, and with the process
 * that started it.
 */
export async function startKeep({ checkout, env, patienceMs = 90_000 }: StartKeepOptions = {}): Promise<TestKeep> {
  const password = env?.['ADMIN_PASSWORD'] ?? randomBytes(18).toString('base64url');
  const keep = new KeepProcess(keepProgram(checkout), {
    PORT: '0',
    ADMIN_PASSWORD: password,
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'warn',
    // Views of a test are its author's own code, and not every machine of a CI can confine them.
    ALLOW_UNCONFINED_VIEWS: 'true',
    ...env,
  });
  return new TestKeep(keep, await keep.ready(patienceMs), password);
}
