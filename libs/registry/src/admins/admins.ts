import type { AdminCaller } from '@datakeep/contracts';
import { DocumentConflict, type Collection, type Write } from '@datakeep/documents';
import { DatakeepError } from '@datakeep/kernel';

import { checkName } from '../lists/text-rules.ts';
import { makeSecret, readSecretId, secretMatches } from '../secrets/opaque-secret.ts';
import {
  adminDefinition,
  setupDefinition,
  setupId,
  type AdminRecord,
  type SetupRecord,
} from '../records/admin-records.ts';
import { Passkeys, type RelyingParty } from './passkeys.ts';
import { checkPassword, Passwords } from './passwords.ts';
import { type Proof, SecondFactor } from './second-factor.ts';
import { Sessions, type NewSession, type Origin } from './sessions.ts';
import { SignInThrottle } from './sign-in-throttle.ts';
import type { AdminsOptions } from './admins-options.ts';

/** Guessing is slowed by the address. */
export interface SignIn extends Origin {
  readonly name: string;
  readonly password: string;
  /** Of the second factor, or a recovery code. Not looked at where no second factor is on. */
  readonly code?: string | undefined;
}

export interface PasswordChange {
  readonly current: string;
  readonly new: string;
  /** The peer's address, by which guessing is slowed. */
  readonly address: string;
}

export interface NewAdmin {
  readonly adminId: string;
  readonly name: string;
}

/** The admin: first start, sign-in, sessions, password, second factor, passkeys. */
export class Admins {
  readonly passkeys: Passkeys;
  readonly secondFactor: SecondFactor;
  readonly sessions: Sessions;
  readonly #admins: Collection<AdminRecord>;
  readonly #setups: Collection<SetupRecord>;
  readonly #passwords: Passwords;
  readonly #throttle: SignInThrottle;

  constructor(private readonly options: AdminsOptions) {
    this.#admins = options.documents.collection(adminDefinition);
    this.sessions = new Sessions(options);
    this.#setups = options.documents.collection(setupDefinition);
    this.#passwords = new Passwords(options);
    this.#throttle = new SignInThrottle(options.clock);
    this.secondFactor = new SecondFactor({
      ...options,
      reauthenticate: (adminId, password, address) => this.#reauthenticate(adminId, password, address, '/password'),
    });
    this.passkeys = new Passkeys({
      ...options,
      reauthenticate: (adminId, proof) => this.reauthenticate(adminId, proof),
    });
  }

  async exists(): Promise<boolean> {
    return (await this.#admins.count()) > 0;
  }

  /**
   * A one-time setup token while there is no admin, else undefined. The one made before is void. The caller shows it
   * once, not through the log.
   */
  async prepareSetup(): Promise<string | undefined> {
    if (await this.exists()) return undefined;
    const secret = makeSecret('setup');
    const record: SetupRecord = {
      id: setupId,
      secretId: secret.secretId,
      hash: secret.hash,
      createdAt: this.options.clock.now(),
    };
    const { id: _id, ...set } = record;
    const known = await this.#setups.get(setupId);
    await this.options.documents.commit([
      known ? this.#setups.update(setupId, { set }, { usedAt: null }) : this.#setups.insert(record),
    ]);
    return secret.text;
  }

  /** Verifies a setup token, and leaves it as it is. Throws as `setUp` does. */
  async checkSetup(setupToken: string): Promise<void> {
    await this.#findSetup(setupToken);
    if (await this.exists()) throw new DatakeepError('already-set-up');
  }

  /** Makes the first admin. Unknown token: 401; used: 410; `already-set-up` (409) when an admin was made otherwise. */
  async setUp(request: {
    readonly setupToken: string;
    readonly name: string;
    readonly password: string;
  }): Promise<NewAdmin> {
    const name = checkName(request.name);
    const password = checkPassword(request.password);
    const setup = await this.#findSetup(request.setupToken);
    const use = this.#setups.update(
      setupId,
      { set: { usedAt: this.options.clock.now() } },
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

  async #findSetup(setupToken: string): Promise<SetupRecord> {
    const setup = await this.#setups.get(setupId);
    const known = readSecretId('setup', setupToken) !== undefined && secretMatches(setupToken, setup?.hash);
    if (!known || !setup) throw new DatakeepError('setup-token-unknown');
    if (setup.usedAt !== undefined) throw new DatakeepError('setup-token-spent');
    return setup;
  }

  /**
   * The first admin from the configuration (ADMIN_PASSWORD). Undefined, and nothing changed, when there is an admin.
   */
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

  /**
   * Opens a session. A wrong name and a wrong password get the same answer after the same work. Throws
   * `sign-in-failed`, `sign-in-throttled`, and after the right password `second-factor-required` and
   * `second-factor-wrong`.
   */
  async signIn(attempt: SignIn): Promise<NewSession> {
    const admin = await this.#admins.findOne({ name: attempt.name });
    this.#throttle.begin(attempt.name, attempt.address);
    if (!(await this.#passwords.hasher.verify(attempt.password, admin?.password, attempt.address)) || !admin) {
      this.options.logger.warn('a sign-in failed', { address: attempt.address });
      throw new DatakeepError('sign-in-failed');
    }
    const withCode = await this.secondFactor.check(admin, attempt.code);
    this.#throttle.succeeded(attempt.name, attempt.address);
    return this.sessions.start(admin, attempt, withCode ? 'password+code' : 'password');
  }

  /** Opens a session by a passkey alone; `passkey-refused` (401). */
  async signInWithPasskey(credential: unknown, rp: RelyingParty, origin: Origin): Promise<NewSession> {
    try {
      return await this.sessions.start(await this.passkeys.check(credential, rp), origin, 'passkey');
    } catch (error) {
      if (DatakeepError.from(error)?.code === 'passkey-refused')
        this.options.logger.warn('a sign-in by passkey failed', { address: origin.address });
      throw error;
    }
  }

  /** The session counts as begun now for what needs a recent proof. Throws as `reauthenticate` does. */
  async confirmByPassword(caller: AdminCaller, proof: Proof): Promise<void> {
    await this.reauthenticate(caller.adminId, proof);
    await this.sessions.confirm(caller);
  }

  /** The same by a passkey of this admin, which signed the challenge of a sign-in; `passkey-refused` (401). */
  async confirmByPasskey(caller: AdminCaller, credential: unknown, rp: RelyingParty): Promise<void> {
    const { id } = await this.passkeys.check(credential, rp);
    if (id !== caller.adminId) throw new DatakeepError('passkey-refused');
    await this.sessions.confirm(caller);
  }

  /**
   * Ends every session of the admin, the caller's too. A wrong `current` is 422 `wrong-password`, slowed and counted
   * like a failed sign-in.
   */
  async changePassword({ adminId }: Pick<AdminCaller, 'adminId'>, change: PasswordChange): Promise<void> {
    const password = checkPassword(change.new, '/new');
    const admin = await this.#reauthenticate(adminId, change.current, change.address, '/current');
    const entry = { action: 'admin.password-changed', actor: { kind: 'admin', id: adminId } } as const;
    try {
      if (!(await this.#passwords.replace(admin, password, entry))) throw wrongPassword('/current');
    } finally {
      this.options.callers.forgetSessions();
    }
  }

  /** The admin, once the password was verified again. A wrong one is slowed and counted like a failed sign-in. */
  async #reauthenticate(adminId: string, password: string, address: string, pointer: string): Promise<AdminRecord> {
    const admin = await this.#admins.get(adminId);
    if (!admin) throw new DatakeepError('unauthenticated');
    this.#throttle.begin(admin.name, address);
    if (!(await this.#passwords.hasher.verify(password, admin.password, address))) {
      this.options.logger.warn('the password was wrong when it was asked for again', { address });
      throw wrongPassword(pointer);
    }
    this.#throttle.succeeded(admin.name, address);
    return admin;
  }

  /**
   * Before something that must not be done on a page that was left open: the password again, and a code where a second
   * factor is on. Throws 422 at `/password` and `/code`.
   */
  async reauthenticate(adminId: string, { password, code, address }: Proof): Promise<void> {
    const admin = await this.#reauthenticate(adminId, password, address, '/password');
    await this.secondFactor.prove(admin, code);
  }

  async #createFirst(name: string, password: string, writes: readonly Write[]): Promise<NewAdmin> {
    const record: AdminRecord = {
      id: this.options.ids.next(),
      name,
      password: await this.#passwords.hasher.hash(password),
      createdAt: this.options.clock.now(),
      founder: 1,
    };
    try {
      await this.options.audit.commit([...writes, this.#admins.insert(record)], {
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
}

function wrongPassword(pointer: string): DatakeepError {
  return DatakeepError.invalidAt(pointer, 'wrong-password', 'This is not the present password.');
}
