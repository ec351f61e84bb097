import { Inject, Injectable } from '@nestjs/common';
import { VIEW_MANAGER, type ViewManager } from '@datakeep/contracts';
import type { AppLimits } from '@datakeep/kernel';
import { Apps, type Used } from '@datakeep/registry';
import { APP_LIMITS } from '../services.ts';

/** What an app has of what it may have, by the names of `AppLimits`. */
export type AppUsed = Readonly<Record<keyof AppLimits, Used>>;

/** Counts what an app has, in the registry and in the view manager. */
@Injectable()
export class UsedLimits {
  constructor(
    private readonly apps: Apps,
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    @Inject(APP_LIMITS) private readonly limits: AppLimits,
  ) {}

  /** `not-found` for an app that is not there. */
  async of(appId: string): Promise<AppUsed> {
    const [registered, { viewInstances, queuedRuns }] = await Promise.all([
      this.apps.usage(appId),
      this.views.usageOf(appId),
    ]);
    return {
      ...registered,
      viewInstances: { used: viewInstances, limit: this.limits.viewInstances },
      queuedRuns: { used: queuedRuns, limit: this.limits.queuedRuns },
    };
  }
}
