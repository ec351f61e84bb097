/** What one app may pile up. Counts, but for `profileBytes`: bytes of the schemas that it registered. */
export interface AppLimits {
  readonly profiles: number;
  readonly profileBytes: number;
  /** Requests for permissions that wait for a decision. */
  readonly pendingPermissions: number;
  /** Requests for permissions in any state. */
  readonly permissions: number;
  /** Tokens that are alive at once: the newest and those that it replaced within the last day. */
  readonly tokens: number;
  readonly viewInstances: number;
  /** Runs that wait or are executed. */
  readonly queuedRuns: number;
}

export const defaultAppLimits: AppLimits = {
  profiles: 100,
  profileBytes: 1024 * 1024,
  pendingPermissions: 100,
  permissions: 1000,
  tokens: 5,
  viewInstances: 100,
  queuedRuns: 20,
};

const names: Readonly<Record<string, keyof AppLimits>> = {
  profiles: 'profiles',
  'profile-bytes': 'profileBytes',
  'pending-permissions': 'pendingPermissions',
  permissions: 'permissions',
  tokens: 'tokens',
  'view-instances': 'viewInstances',
  'queued-runs': 'queuedRuns',
};

export const appLimitsLegal = `a list of ${Object.keys(names)
  .map((name) => `${name}=N`)
  .join(',')}, each N a whole number from 1 on`;

/** Reads `profiles=100,tokens=5`; a limit that is left out keeps its default. */
export function parseAppLimits(value: string): AppLimits | undefined {
  const limits: { -readonly [Name in keyof AppLimits]: number } = { ...defaultAppLimits };
  for (const part of value.split(',')) {
    const [, name, number] = /^([a-z-]+)=(\d{1,12})$/.exec(part.trim()) ?? [];
    const limit = name === undefined || !Object.hasOwn(names, name) ? undefined : names[name];
    if (limit === undefined || Number(number) === 0) return undefined;
    limits[limit] = Number(number);
  }
  return limits;
}
