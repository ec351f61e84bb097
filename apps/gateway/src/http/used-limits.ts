import { Inject, Injectable } from '@nestjs/common';
import { DATA_STORAGE, type DataStorage, VIEW_MANAGER, type ViewManager } from '@datakeep/contracts';
import { RowQuota } from '@datakeep/events';
import type { AppLimits, Count } from '@datakeep/kernel';
import { Apps } from '@datakeep/registry';

/** What one app may have, and how much of it is taken. */
interface Used {
  readonly used: Count;
  readonly limit: Count;
}

/**
 * What an app has of what it may have. Events are left out where the storage does not count them, and holds no limit of
 * them.
 */
export type AppUsed = Readonly<
  Record<Exclude<keyof AppLimits, keyof OfEvents>, Used> & Partial<Record<keyof OfEvents, Used>>
>;
type OfEvents = Pick<AppLimits, 'events' | 'eventBytes'>;

/** Counts what an app has, in the registry, the storage and the view manager, and what it read from this process. */
@Injectable()
export class UsedLimits {
  constructor(
    private readonly apps: Apps,
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    @Inject(DATA_STORAGE) private readonly storage: DataStorage,
    private readonly rows: RowQuota,
  ) {}

  /** `not-found` for an app that is not there. */
  async of(appId: string): Promise<AppUsed> {
    const [{ used, limits }, ofViews, ofEvents, rowsPerMinute] = await Promise.all([
      this.apps.usage(appId),
      this.views.usageOf(appId),
      this.storage.usageOf(appId),
      this.rows.used(appId),
    ]);
    const counted: Partial<Record<keyof AppLimits, number>> = {
      ...(ofEvents === undefined ? {} : { events: ofEvents.events, eventBytes: ofEvents.bytes }),
      ...used,
      ...ofViews,
      rowsPerMinute,
    };
    const entries = Object.entries(counted) as [keyof AppLimits, number][];
    return Object.fromEntries(entries.map(([name, count]) => [name, { used: count, limit: limits[name] }])) as AppUsed;
  }
}
