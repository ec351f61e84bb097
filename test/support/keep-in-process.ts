import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Config, createLogger, type Logger, readConfig, SystemClock } from '@datakeep/kernel';
import { startKeep } from '../../apps/standalone/src/bootstrap.ts';
import type { RunningKeep } from '../../apps/standalone/src/replaceable-keep.ts';
import { AdminClient, type AppClient, type Json, KeepClient } from './keep-client.ts';

export const adminPassword = 'a password for tests only';

export interface KeepUnderTest {
  readonly keep: RunningKeep;
  readonly url: string;
  readonly dataDir: string;
  /** Without any token. */
  readonly nobody: KeepClient;
  readonly admin: AdminClient;
  /** Everything that was logged. */
  readonly logged: string[];
  stop(): Promise<void>;
}

export interface Wishes {
  readonly clock?: Clock;
  readonly config?: Partial<Config>;
  readonly dataDir?: string;
  /**
   * Its runtimes prove their isolation before the first run, as they do in production; default: views run without,
   * since each proof takes seconds.
   */
  readonly proven?: boolean;
  /** See `ProcessStart`. */
  readonly executesRuns?: boolean;
}

/**
 * A keep on the bootstrap of production, in this process, on a free port and a fresh folder, with its admin signed in.
 */
export async function keepUnderTest(wishes: Wishes = {}): Promise<KeepUnderTest> {
  const dataDir = wishes.dataDir ?? mkdtempSync(join(tmpdir(), 'datakeep-test-'));
  const logged: string[] = [];
  const logger: Logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
  const config: Config = {
    ...readConfig({}),
    port: 0,
    dataDir,
    adminPassword,
    rateLimits: 'off',
    allowUnconfinedViews: true,
    ...wishes.config,
  };
  const keep = await startKeep({
    config,
    logger,
    clock: wishes.clock ?? new SystemClock(),
    selfTest: wishes.proven === true,
    executesRuns: wishes.executesRuns,
  });
  return {
    keep,
    url: keep.url,
    dataDir,
    nobody: new KeepClient(keep.url),
    admin: await AdminClient.signIn(keep.url, 'admin', adminPassword),
    logged,
    stop: async () => {
      await keep.close();
      if (wishes.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export const walkProfile = 'walks.example/walk';
export const walkSchema = {
  type: 'object',
  properties: {
    activity: { type: 'string' },
    distance: { type: 'number', minimum: 0 },
    note: { type: ['string', 'null'] },
  },
  required: ['activity', 'distance'],
  additionalProperties: false,
};

export const walk = (
  distance: number,
  metadata: Record<string, string> = {},
): { metadata: { profile: string }; payload: { activity: string; distance: number } } => ({
  metadata: { profile: walkProfile, ...metadata },
  payload: { activity: 'walking', distance },
});

/** An app that is associated, with the walk profile registered and every right on it. */
export async function walkingApp(admin: AdminClient, name = 'Walks'): Promise<AppClient> {
  const app = await admin.connectApp(name);
  await app.registerProfile(walkProfile, walkSchema);
  await admin.grant(app, walkProfile, ['read', 'create', 'modify', 'delete']);
  return app;
}

export const sumView = {
  name: 'Distance walked',
  runtime: 'javascript',
  permissions: [{ profile: walkProfile, rights: ['read'] as const }],
  files: [
    {
      path: 'main.js',
      content: `module.exports = async ({ configuration, clientCustomData }, keep) => {
        const { items } = await keep.events.query({ profile: '${walkProfile}', limit: 1000 });
        console.log('events', items.length);
        return { metres: items.reduce((sum, { payload }) => sum + payload.distance, 0), configuration,
          clientCustomData };
      };`,
    },
  ],
};

/** A view instance whose permissions are approved. */
export async function permittedInstance(
  admin: AdminClient,
  app: AppClient,
  template: Parameters<AdminClient['makeViewTemplate']>[0] = sumView,
  configuration: Json = { unit: 'm' },
): Promise<string> {
  const { id } = await admin.makeViewTemplate(template);
  const instance = await app.makeViewInstance(id, configuration);
  for (const permission of instance.permissions) await admin.approve(permission.id);
  return instance.id;
}
