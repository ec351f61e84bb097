import type { AppLimitDirectory, Caller } from '@datakeep/contracts';
import { allowanceUsed, type AppLimits, type Clock, lruMap } from '@datakeep/kernel';

const minuteMs = 60_000;
const maxApps = 10_000;
/** Of a row: debts are sums of fractions. */
const rounding = 1e-6;

interface Debt {
  readonly rows: number;
  readonly at: number;
}

/**
 * Keeps what apps are handed out within their limit of a minute: events and groups of aggregations, not what their view
 * instances read beside the data. A leaky bucket that is filled once an answer is known: one page may pass the limit,
 * and the next is refused until enough has flowed off. Each process counts for itself, as with `RATE_LIMITS`.
 */
export class RowQuota {
  readonly #debts = lruMap<Debt>(maxApps);

  constructor(
    private readonly options: { readonly limits: AppLimitDirectory; readonly clock: Pick<Clock, 'monotonic'> },
  ) {}

  /** Before a read. Throws `rate-limited` with the limit's name. */
  async admit(caller: Caller): Promise<void> {
    const waitMs = await this.waitMs(caller);
    if (waitMs > 0 && caller.kind === 'app')
      throw allowanceUsed('rowsPerMinute', await this.options.limits.of(caller.appId), waitMs);
  }

  /** How long the caller waits until it is handed out more. */
  async waitMs(caller: Caller): Promise<number> {
    if (caller.kind !== 'app' || !this.#debts.has(caller.appId)) return 0;
    const limits = await this.options.limits.of(caller.appId);
    const over = this.#left(caller.appId, limits) + 1 - limits.rowsPerMinute;
    return over <= rounding ? 0 : (over * minuteMs) / limits.rowsPerMinute;
  }

  /** After a read that handed out so many. */
  async charge(caller: Caller, rows: number): Promise<void> {
    if (caller.kind !== 'app' || rows === 0) return;
    const left = this.#left(caller.appId, await this.options.limits.of(caller.appId));
    this.#debts.set(caller.appId, { rows: left + rows, at: this.options.clock.monotonic() });
  }

  /** What counts against the limit now. */
  async used(appId: string): Promise<number> {
    return Math.ceil(this.#left(appId, await this.options.limits.of(appId)));
  }

  #left(appId: string, { rowsPerMinute }: AppLimits): number {
    const debt = this.#debts.get(appId);
    if (!debt) return 0;
    return Math.max(0, debt.rows - ((this.options.clock.monotonic() - debt.at) * rowsPerMinute) / minuteMs);
  }
}
