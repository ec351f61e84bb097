import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';
import { type AppLimits, defaultAppLimits, ObjectIds } from '@datakeep/kernel';
import { ManualClock } from '@datakeep/kernel/testing';
import type {
  AdminCaller,
  AppCaller,
  CompiledProfile,
  Consent,
  DataStorage,
  Grantee,
  ProfileCatalogue,
  Right,
  RunCaller,
} from '@datakeep/contracts';
import { openSqliteStorage } from '@datakeep/storage';
import { EncryptedCursorSealer } from './cursor-sealer.ts';
import { DefaultEventService } from './event-service.ts';
import { RowQuota } from './row-quota.ts';
import { StoredQuota } from './stored-quota.ts';

/** Profiles with flat schemas: a member of one scalar type is sortable, every other path may be anything. */
class TestProfiles implements ProfileCatalogue {
  readonly #profiles = new Map<string, CompiledProfile>();

  add(name: string, schema: AnySchemaObject): void {
    const validate = new Ajv({ strict: false }).compile(schema);
    this.#profiles.set(name, {
      name,
      schema,
      validate: (payload) => {
        if (validate(payload)) return undefined;
        const [error] = validate.errors ?? [];
        return { pointer: error?.instancePath ?? '', detail: error?.message ?? 'refused' };
      },
      fieldKind: ([member, ...deeper]) => {
        const type = deeper.length === 0 ? schema['properties']?.[member ?? '']?.type : undefined;
        if (type === 'integer' || type === 'number') return { kind: 'number', arrays: false };
        return type === 'string' || type === 'boolean' ? { kind: type, arrays: false } : { kind: 'any', arrays: true };
      },
    });
  }

  find(name: string): CompiledProfile | undefined {
    return this.#profiles.get(name);
  }
}

class Grants implements Consent {
  readonly #grants = new Map<string, Set<Right>>();

  grant(holder: string, profile: string, ...rights: Right[]): void {
    this.#grants.set(`${holder} ${profile}`, new Set(rights));
  }

  profilesWith(grantee: Grantee, right: Right): ReadonlySet<string> {
    const holder = `${grantee.kind === 'app' ? grantee.appId : grantee.viewInstanceId} `;
    const held = [...this.#grants].filter(([key, rights]) => key.startsWith(holder) && rights.has(right));
    return new Set(held.map(([key]) => key.slice(holder.length)));
  }

  rightsOf(grantee: Grantee, profile: string): ReadonlySet<Right> {
    return (
      this.#grants.get(`${grantee.kind === 'app' ? grantee.appId : grantee.viewInstanceId} ${profile}`) ?? new Set()
    );
  }
}

export const appCaller = (appId: string): AppCaller => ({
  kind: 'app',
  appId,
  appName: 'An app',
  tokenId: 't',
  tokenExpiresAt: null,
});
export const admin: AdminCaller = { kind: 'admin', adminId: 'ad'.repeat(12), adminName: 'admin', sessionId: 's' };
export const runCaller = (viewInstanceId: string, appId: string, profile?: string): RunCaller => ({
  kind: 'run',
  runId: 'ee'.repeat(12),
  viewInstanceId,
  appId,
  ...(profile === undefined ? {} : { profile }),
});

export const walkSchema = {
  type: 'object',
  required: ['activity'],
  properties: {
    activity: { type: 'string' },
    steps: { type: 'integer', minimum: 0 },
    done: { type: 'boolean' },
    tags: { type: 'array' },
  },
};

export interface EventServiceFixture {
  readonly events: DefaultEventService;
  readonly clock: ManualClock;
  readonly profiles: TestProfiles;
  readonly grants: Grants;
  readonly storage: DataStorage;
  readonly rows: RowQuota;
  readonly cursors: EncryptedCursorSealer;
  close(): Promise<void>;
}

/**
 * An event service over a real SQLite storage in a temporary folder, with the profiles `walk` and `note`; `before`
 * stands between the two.
 */
export async function openEventService(
  own: Partial<AppLimits> = {},
  before: (storage: DataStorage) => DataStorage = (storage) => storage,
): Promise<EventServiceFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'datakeep-events-'));
  const clock = new ManualClock('2026-01-01T00:00:00.000Z');
  const storage = before(await openSqliteStorage({ directory, synchronous: 'normal', readers: 1, clock }));
  const profiles = new TestProfiles();
  profiles.add('walk', walkSchema);
  profiles.add('note', { type: 'object' });
  const grants = new Grants();
  const cursorKeys = [randomBytes(32)];
  const cursors = new EncryptedCursorSealer(() => cursorKeys, clock);
  const limits = { of: () => ({ ...defaultAppLimits, ...own }) };
  const rows = new RowQuota({ limits, clock });
  const events = new DefaultEventService({
    storage,
    consent: grants,
    profiles,
    cursors,
    clock,
    ids: new ObjectIds(),
    quota: new StoredQuota({ storage, limits, clock }),
    rows,
    queryTimeoutMs: 5000,
  });
  return {
    events,
    clock,
    profiles,
    grants,
    storage,
    rows,
    cursors,
    close: async () => {
      await storage.close();
      await rm(directory, { recursive: true });
    },
  };
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** `<index, if any> <pointer> <code>` for each place. */
  readonly places: readonly string[];
}

/** What a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) =>
      reason as {
        status: number;
        code: string;
        message: string;
        errors: { index?: number; pointer: string; code: string }[];
      },
  );
  if (error === undefined) throw new Error('it was not refused');
  const places = error.errors.map(
    ({ index, pointer, code }) => `${index === undefined ? '' : `${index} `}${pointer} ${code}`,
  );
  return { status: error.status, code: error.code, message: error.message, places };
}
