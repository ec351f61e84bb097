import { randomBytes } from 'node:crypto';

import type { AdminCaller, Paging, RecordPage } from '@datakeep/contracts';
import { listPage, tookPlace, type Collection } from '@datakeep/documents';
import { DatakeepError, type Id, isId, isoDate, type Timestamp } from '@datakeep/kernel';

import { hashSecret } from '../secrets/opaque-secret.ts';
import { clientName } from './client-name.ts';
import {
  adminDefinition,
  sessionDefinition,
  sessionTimes,
  type AdminRecord,
  type SessionRecord,
  type SignInMethod,
} from '../records/admin-records.ts';
import type { AdminsOptions } from './admins-options.ts';

export interface NewSession {
  readonly token: string;
  readonly expiresAt: Timestamp;
}

/** From where a session is begun. */
export interface Origin {
  /** The peer's. */
  readonly address: string;
  /** The `User-Agent` of the request. */
  readonly userAgent?: string | undefined;
}

/** A session as its admin reads it. `id` opens nothing. */
export interface Session {
  readonly id: Id;
  /** Of the client, such as "Firefox on Linux". */
  readonly name: string;
  /** How it was begun; absent for one of an earlier release. */
  readonly method?: SignInMethod | undefined;
  readonly startedAt: Timestamp;
  /** Exact to a minute. */
  readonly lastUsedAt: Timestamp;
  readonly expiresAt: Timestamp;
  /** Where it was started from. */
  readonly address?: string | undefined;
  /** Whether this is the session that asks. */
  readonly current: boolean;
}

const tidied = 100;

/**
 * Sessions of admins: started by a sign-in, ended by a sign-out, by their times, or by a step of the admin's
 * `sessionGeneration`.
 */
export class Sessions {
  readonly #admins: Collection<AdminRecord>;
  readonly #records: Collection<SessionRecord>;

  constructor(private readonly options: AdminsOptions) {
    this.#admins = options.documents.collection(adminDefinition);
    this.#records = options.documents.collection(sessionDefinition);
  }

  /**
   * `admin` as it was when its password was looked at: a password that was changed since leaves this session without
   * power.
   */
  async start(admin: AdminRecord, { address, userAgent }: Origin, method: SignInMethod): Promise<NewSession> {
    const { clock, ids, signer, audit } = this.options;
    const now = clock.now();
    const sessionId = randomBytes(32).toString('base64url');
    const session: SessionRecord = {
      id: ids.next(),
      hash: hashSecret(sessionId),
      adminId: admin.id,
      generation: admin.sessionGeneration,
      address,
      name: clientName(userAgent),
      method,
      createdAt: now,
      usedAt: now,
      endsAt: now + sessionTimes.absoluteMs,
    };
    await audit.commit([this.#records.insert(session)], {
      action: 'session.started',
      actor: { kind: 'admin', id: admin.id },
      subject: { kind: 'session', id: session.id },
      details: { address, method },
    });
    await this.#removeEnded(now);
    return {
      token: signer.sign('admin', admin.id, sessionId, now, session.endsAt),
      expiresAt: isoDate(session.endsAt),
    };
  }

  /** The caller's sessions that are alive, newest first. */
  async list(caller: Pick<AdminCaller, 'adminId' | 'sessionId'>, paging: Paging): Promise<RecordPage<Session>> {
    const admin = await this.#admins.get(caller.adminId);
    const now = this.options.clock.now();
    const own = hashSecret(caller.sessionId);
    const where = {
      adminId: caller.adminId,
      generation: admin?.sessionGeneration ?? null,
      endsAt: { gt: now },
      usedAt: { gt: now - sessionTimes.idleMs },
    };
    return listPage(this.#records, 'createdAt', where, paging, (session) => ({
      id: session.id,
      name: session.name ?? clientName(undefined),
      method: session.method,
      startedAt: isoDate(session.createdAt),
      lastUsedAt: isoDate(session.usedAt),
      expiresAt: isoDate(session.endsAt),
      address: session.address,
      current: session.hash === own,
    }));
  }

  /** Ends a session of the admin at once; `not-found` where there is none of that id. */
  async end(adminId: string, id: string): Promise<void> {
    const session = isId(id) ? await this.#records.get(id) : undefined;
    if (session?.adminId !== adminId || !(await this.#remove(session))) throw new DatakeepError('not-found');
  }

  /** Its owner has just proved to be there; `unauthenticated` where it has ended. */
  async confirm({ adminId, sessionId }: Pick<AdminCaller, 'adminId' | 'sessionId'>): Promise<void> {
    const session = await this.#records.findOne({ hash: hashSecret(sessionId) });
    if (session?.adminId !== adminId) throw new DatakeepError('unauthenticated');
    const set = { confirmedAt: this.options.clock.now() };
    const confirmed = this.options.audit.commit([this.#records.update(session.id, { set })], {
      action: 'session.confirmed',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'session', id: session.id },
    });
    if (!(await tookPlace(confirmed))) throw new DatakeepError('unauthenticated');
  }

  /** Ends the session that asks, at once; one that has ended is no error. */
  async signOut({ adminId, sessionId }: Pick<AdminCaller, 'adminId' | 'sessionId'>): Promise<void> {
    const session = await this.#records.findOne({ hash: hashSecret(sessionId) });
    if (session?.adminId === adminId) await this.#remove(session);
  }

  /** False where it had gone already. */
  #remove({ id, adminId }: SessionRecord): Promise<boolean> {
    const removed = this.options.audit.commit([this.#records.delete(id)], {
      action: 'session.ended',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'session', id },
    });
    return tookPlace(removed).finally(() => this.options.callers.forgetSessions());
  }

  async #removeEnded(now: number): Promise<void> {
    const sort = { field: 'endsAt', direction: 'ascending' } as const;
    for (const session of await this.#records.find({ where: { endsAt: { lte: now } }, sort, limit: tidied }))
      await tookPlace(this.options.documents.commit([this.#records.delete(session.id)]));
  }
}
