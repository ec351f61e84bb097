import { DatakeepError } from '@datakeep/kernel';
import type { AdminCaller, AppCaller, CallerDirectory, RunCaller, RunDirectory } from '@datakeep/contracts';

/** Records of live tokens, by token id. For tests: what is not in `live` is revoked. */
export class FakeDirectories implements CallerDirectory, RunDirectory {
  readonly live = new Map<string, AppCaller | AdminCaller | RunCaller>();
  /** Sessions whose owner was there lately. */
  readonly confirmed = new Set<string>();
  /** How many lookups there were. */
  lookups = 0;
  /** What each lookup is refused with. */
  failure: Error | undefined;

  app(appId: string, tokenId: string): AppCaller | undefined {
    const caller = this.#find(tokenId);
    return caller?.kind === 'app' && caller.appId === appId ? caller : undefined;
  }

  async admin(adminId: string, sessionId: string): Promise<AdminCaller | undefined> {
    const caller = this.#find(sessionId);
    return caller?.kind === 'admin' && caller.adminId === adminId ? caller : undefined;
  }

  async requireConfirmation({ sessionId }: AdminCaller): Promise<void> {
    if (!this.confirmed.has(sessionId)) throw new DatakeepError('confirmation-needed');
  }

  run(viewInstanceId: string, tokenId: string): RunCaller | undefined {
    const caller = this.#find(tokenId);
    return caller?.kind === 'run' && caller.viewInstanceId === viewInstanceId ? caller : undefined;
  }

  #find(tokenId: string): AppCaller | AdminCaller | RunCaller | undefined {
    this.lookups += 1;
    if (this.failure) throw this.failure;
    return this.live.get(tokenId);
  }
}
