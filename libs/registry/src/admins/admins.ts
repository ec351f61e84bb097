import { randomBytes } from 'node:crypto';

import type { AdminCaller, TokenSigner } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type DocumentStore, type Write } from '@datakeep/documents';
import { DatakeepError, type Clock, type Ids, type Logger } from '@datakeep/kernel';

import type { AuditLog } from '../audit/audit-log.ts';
import type { Callers } from '../callers/callers.ts';
import { isoDate } from '../lists/list-page.ts';
import { checkName } from '../lists/text-rules.ts';
import { hashSecret, makeSecret, readSecretId, secretMatches } from '../secrets/opaque-secret.ts';
import {
  adminDefinition,
  sessionDefinition,
  sessionTimes,
  setupDefinition,
  setupId,
  type AdminRecord,
  type SessionRecord,
  type SetupRecord,
} from './admin-records.ts';
import { PasswordHasher, type HashCost } from './password-hasher.ts';
import { SignInThrottle } from './sign-in-throttle.ts';

export interface AdminsOptions {
  readonly documents: DocumentStore;
  readonly audit: AuditLog;
  readonly callers: Callers;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Default: `owaspCost`. */
  readonly hashCost?: HashCost;
}

export interface SignIn {
  readonly name: string;
  readonly password: string;
  /** The peer's address, by which guessing is slowed. */
  readonly address: string;
}

export interface NewSession {
  readonly token: string;
  readonly expiresAt: string;
}

export interface NewAdmin {
  readonly adminId: string;
  readonly name: string;
}

/** Legal lengths of a password in code points; a second factor, which would allow 8, is not there yet. */
export const passwordLength = { min: 15, max: 256 } as const;

/** The admin: first start, sign-in, sign-out. */
export class Admins {
  readonly #options: AdminsOptions;
  readonly #admins: Collection<AdminRecord>;
  readonly #sessions: Collection<SessionRecord>;
  readonly #setups: Collection<SetupRecord>;
  readonly #hasher: PasswordHasher;
  readonly #throttle: SignInThrottle;

  constructor(options: AdminsOptions) {
    this.#options = options;
    this.#admins = options.documents.collection(adminDefinition);
    this.#sessions = options.documents.collection(sessionDefinition);
    this.#setups = options.documents.collection(setupDefinition);
    this.#hasher = new PasswordHasher(options.hashCost);
    this.#throttle = new SignInThrottle(options.clock);
  }

  async exists(): Promise<boolean> {
    return (await this.#admins.count()) > 0;
  }

  /** A one-time setup token while there is no admin, else undefined. The one made before is void. The caller shows it once, not through the log. */
  async prepareSetup(): Promise<string | undefined> {
    if (await this.exists()) return undefined;
    const secret = makeSecret('setup');
    const record: SetupRecord = {
      id: setupId,
      secretId: secret.secretId,
      hash: secret.hash,
      createdAt: this.#options.clock.now(),
    };
    const { id: _id, ...set } = record;
    const known = await this.#setups.get(setupId);
    await this.#options.documents.commit([
      known ? this.#setups.update(setupId, { set }, { usedAt: null }) : this.#setups.insert(record),
    ]);
    return secret.text;
  }

  /** Makes the first admin. Unknown token: 401; used: 410; `already-set-up` (409) when an admin was made otherwise. */
  async setUp(request: {
    readonly setupToken: string;
    readonly name: string;
    readonly password: string;
  }): Promise<NewAdmin> {
    const name = checkName(request.name);
    const password = checkPassword(request.password);
    const setup = await this.#setups.get(setupId);
    const known =
      readSecretId('setup', request.setupToken) !== undefined && secretMatches(request.setupToken, setup?.hash);
    if (!known || !setup) throw new DatakeepError('setup-token-unknown');
    if (setup.usedAt !== undefined) throw new DatakeepError('setup-token-spent');
    const use = this.#setups.update(
      setupId,
      { set: { usedAt: this.#options.clock.now() } },
      { usedAt: null, hash: setup.hash },
    );
    try {
      return await this.#createFirst(name, password, [use]);
    } catch (error) {
      if (error instanceof DocumentConflict && error.kind === 'condition')
        throw new DatakeepError('setup-token-spent', undefined, { cause: error });
      throw error;
    }
  }

  /** The first admin from the configuration (ADMIN_PASSWORD). Undefined, and nothing changed, when there is an admin. */
  async createFirstAdmin(name: string, password: string): Promise<NewAdmin | undefined> {
    checkName(name);
    checkPassword(password);
    if (await this.exists()) return undefined;
    try {
      return await this.#createFirst(name, password, []);
    } catch (error) {
      // Another process was first: just as good.
      if (DatakeepError.from(error)?.code === 'already-set-up') return undefined;
      throw error;
    }
  }

  /** Opens a session. A wrong name and a wrong password get the same answer after the same work. Throws `sign-in-failed`, `sign-in-throttled`. */
  async signIn(attempt: SignIn): Promise<NewSession> {
    const admin = await this.#admins.findOne({ name: attempt.name });
    this.#throttle.begin(attempt.name, admin !== undefined, attempt.address);
    if (!(await this.#hasher.verify(attempt.password, admin?.password)) || !admin) {
      this.#options.logger.warn('a sign-in failed', { address: attempt.address });
      throw new DatakeepError('sign-in-failed');
    }
    this.#throttle.succeeded(attempt.name, attempt.address);
    const now = this.#options.clock.now();
    const sessionId = randomBytes(32).toString('base64url');
    const session: SessionRecord = {
      id: this.#options.ids.next(),
      hash: hashSecret(sessionId),
      adminId: admin.id,
      createdAt: now,
      usedAt: now,
      endsAt: now + sessionTimes.absoluteMs,
    };
    await this.#options.audit.commit([this.#sessions.insert(session)], {
      action: 'session.started',
      actor: { kind: 'admin', id: admin.id },
      subject: { kind: 'session', id: session.id },
    });
    await this.#removeEnded(now);
    return {
      token: this.#options.signer.sign('admin', admin.id, sessionId, now, session.endsAt),
      expiresAt: isoDate(session.endsAt),
    };
  }

  /** Ends the session at once; one that has ended is no error. */
  async signOut({ adminId, sessionId }: Pick<AdminCaller, 'adminId' | 'sessionId'>): Promise<void> {
    const session = await this.#sessions.findOne({ hash: hashSecret(sessionId) });
    if (!session || session.adminId !== adminId) return;
    try {
      await this.#options.audit.commit([this.#sessions.delete(session.id)], {
        action: 'session.ended',
        actor: { kind: 'admin', id: adminId },
        subject: { kind: 'session', id: session.id },
      });
    } catch (error) {
      // Signed out twice at once: the session has ended, which is what was asked.
      if (!(error instanceof DocumentConflict)) throw error;
    } finally {
      this.#options.callers.forgetSessions();
    }
  }

  async #createFirst(name: string, password: string, writes: readonly Write[]): Promise<NewAdmin> {
    const record: AdminRecord = {
      id: this.#options.ids.next(),
      name,
      password: await this.#hasher.hash(password),
      createdAt: this.#options.clock.now(),
      founder: 1,
    };
    try {
      await this.#options.audit.commit([...writes, this.#admins.insert(record)], {
        action: 'admin.created',
        actor: { kind: 'keep', id: 'first-start' },
        subject: { kind: 'admin', id: record.id },
        details: { name },
      });
    } catch (error) {
      if (error instanceof DocumentConflict && error.kind === 'unique' && error.collection === adminDefinition.name)
        throw new DatakeepError('already-set-up', undefined, { cause: error });
      throw error;
    }
    return { adminId: record.id, name };
  }

  async #removeEnded(now: number): Promise<void> {
    for (const session of await this.#sessions.find({ where: { endsAt: { lte: now } }, limit: 100 }))
      await this.#options.documents.commit([this.#sessions.delete(session.id)]).catch((error: unknown) => {
        if (!(error instanceof DocumentConflict)) throw error;
      });
  }
}

function checkPassword(password: string): string {
  const length = typeof password === 'string' ? Array.from(password).length : 0;
  if (length < passwordLength.min || length > passwordLength.max)
    throw DatakeepError.invalid([
      {
        pointer: '/password',
        code: 'range',
        detail: `A password of ${passwordLength.min} to ${passwordLength.max} characters is expected.`,
      },
    ]);
  return password;
}
