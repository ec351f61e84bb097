import { Secret, TOTP } from 'otpauth';
import type { AuditEntry } from '@datakeep/contracts';
import { tookPlace, type Collection } from '@datakeep/documents';
import { type Count, DatakeepError, isoDate, type Timestamp } from '@datakeep/kernel';
import { adminDefinition, type AdminRecord, type SecondFactorRecord } from '../records/admin-records.ts';
import type { AdminsOptions } from './admins-options.ts';
import { makeRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import { AttemptDelays } from './sign-in-throttle.ts';

interface SecondFactorOptions extends AdminsOptions {
  /** Verifies the admin's password again and resolves with the admin; throws 422 at `/password`. */
  readonly reauthenticate: (adminId: string, password: string, address: string) => Promise<AdminRecord>;
}

/** An admin's proof of presence: the password, and a code where a second factor is on. */
export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
  /** The peer's, by which guessing is slowed. */
  readonly address: string;
}

export interface SecondFactorState {
  /** Since when sign-ins need a code; null while they need none. */
  readonly enabledAt: Timestamp | null;
  /** Recovery codes that have not been used. */
  readonly recoveryCodesLeft: Count;
}

/** What an authenticator app needs; shown once. */
export interface NewTotp {
  /** Base32 (RFC 4648). */
  readonly secret: string;
  /** `otpauth://totp/…`, which authenticator apps read from a QR code. */
  readonly uri: string;
}

const issuer = 'Datakeep';
/** RFC 6238 with the values that every authenticator app knows: HMAC-SHA-1, 6 digits, 30 s. */
const periodMs = 30_000;
const digits = 6;
/** RFC 6238, section 5.2: one step of clock drift either way. */
const window = 1;
const secretBytes = 20;
/** A secret that is not confirmed by then is void. */
const pendingMs = 10 * 60_000;

/**
 * The admin's second factor: time-based one-time passwords (RFC 6238), each accepted once, and ten recovery codes.
 *
 * Every change is a compare-and-set on the record's `factorRevision`, so that of two uses of one code one wins. Wrong
 * codes are delayed per admin, whatever the address: only a caller who knows the password gets here, and six digits
 * would not withstand many addresses. Recovery codes have 80 bits and are never delayed.
 */
export class SecondFactor {
  readonly #admins: Collection<AdminRecord>;
  readonly #delays: AttemptDelays;

  constructor(private readonly options: SecondFactorOptions) {
    this.#admins = options.documents.collection(adminDefinition);
    this.#delays = new AttemptDelays(options.clock);
  }

  async state(adminId: string): Promise<SecondFactorState> {
    const factor = (await this.#admin(adminId)).secondFactor;
    if (factor?.confirmedAt === undefined) return { enabledAt: null, recoveryCodesLeft: 0 };
    return { enabledAt: isoDate(factor.confirmedAt), recoveryCodesLeft: factor.recoveryHashes.length };
  }

  /**
   * A new secret, which counts once `confirm` has seen a code of it. One that was begun before is void.
   * `second-factor-enabled` (409) while a factor is on.
   */
  async begin(adminId: string, { password, address }: Proof): Promise<NewTotp> {
    const admin = await this.options.reauthenticate(adminId, password, address);
    if (isEnabled(admin)) throw new DatakeepError('second-factor-enabled');
    const secret = new Secret({ size: secretBytes });
    const startedAt = this.options.clock.now();
    await this.#commit(admin, { secret: secret.base32, startedAt, recoveryHashes: [] });
    return { secret: secret.base32, uri: totp(secret, admin.name).toString() };
  }

  /** Turns the factor on. Resolves with the recovery codes, which are shown this once. */
  async confirm(adminId: string, code: string): Promise<readonly string[]> {
    const admin = await this.#admin(adminId);
    const pending = admin.secondFactor;
    if (isEnabled(admin)) throw new DatakeepError('second-factor-enabled');
    if (pending === undefined || pending.startedAt + pendingMs <= this.options.clock.now())
      throw new DatakeepError('not-found', 'No authenticator app is being added, or it took longer than ten minutes.');
    const step = this.#totpStep(admin, pending, code);
    if (step === undefined) throw wrongCode();
    const { texts, hashes } = makeRecoveryCodes();
    const confirmed = { ...pending, confirmedAt: this.options.clock.now(), lastStep: step, recoveryHashes: hashes };
    await this.#commit(admin, confirmed, 'admin.second-factor-enabled');
    return texts;
  }

  /** Ten new recovery codes; the former ones are void. */
  async renewRecoveryCodes(adminId: string, proof: Proof & { readonly code: string }): Promise<string[]> {
    const admin = await this.options.reauthenticate(adminId, proof.password, proof.address);
    const used = this.#accepted(enabled(admin), admin, proof.code);
    if (!used) throw wrongCode();
    const { texts, hashes } = makeRecoveryCodes();
    await this.#commit(admin, { ...used.factor, recoveryHashes: hashes }, 'admin.recovery-codes-renewed');
    return [...texts];
  }

  /** Turns the factor off: sign-ins need the password alone. */
  async disable(adminId: string, proof: Proof & { readonly code: string }): Promise<void> {
    const admin = await this.options.reauthenticate(adminId, proof.password, proof.address);
    if (!this.#accepted(enabled(admin), admin, proof.code)) throw wrongCode();
    await this.#commit(admin, undefined, 'admin.second-factor-disabled');
  }

  /**
   * The second step of a sign-in, after the password. Resolves with whether a code was needed. Throws
   * `second-factor-required` without one, `second-factor-wrong`, `sign-in-throttled`.
   */
  async check(admin: AdminRecord, code: string | undefined): Promise<boolean> {
    if (!isEnabled(admin)) return false;
    if (code === undefined) throw new DatakeepError('second-factor-required');
    if (!(await this.#use(admin, code))) throw new DatakeepError('second-factor-wrong');
    return true;
  }

  /** As `check`, for an admin who is signed in: 422 at `/code`. */
  async prove(admin: AdminRecord, code: string | undefined): Promise<void> {
    if (isEnabled(admin) && !(await this.#use(admin, code ?? ''))) throw wrongCode();
  }

  /** Uses the code up; false for one that is wrong or was used before. */
  async #use(admin: AdminRecord, code: string): Promise<boolean> {
    const used = this.#accepted(enabled(admin), admin, code);
    if (!used) return false;
    await this.#commit(admin, used.factor, used.isRecovery ? 'admin.recovery-code-used' : undefined);
    return true;
  }

  async #admin(adminId: string): Promise<AdminRecord> {
    const admin = await this.#admins.get(adminId);
    if (!admin) throw new DatakeepError('unauthenticated');
    return admin;
  }

  /** The factor once the code counts as used; undefined for a code that is wrong or was used before. */
  #accepted(
    factor: SecondFactorRecord,
    admin: AdminRecord,
    code: string,
  ): { readonly factor: SecondFactorRecord; readonly isRecovery: boolean } | undefined {
    const hash = recoveryCodeHash(code);
    const recoveryHashes = factor.recoveryHashes.filter((one) => one !== hash);
    if (recoveryHashes.length < factor.recoveryHashes.length)
      return { factor: { ...factor, recoveryHashes }, isRecovery: true };
    const step = this.#totpStep(admin, factor, code);
    return step === undefined ? undefined : { factor: { ...factor, lastStep: step }, isRecovery: false };
  }

  /** The time step that the code is of, later than that of any code before; else undefined, counted and slowed. */
  #totpStep(admin: AdminRecord, factor: SecondFactorRecord, code: string): number | undefined {
    this.#delays.begin(admin.id);
    const timestamp = this.options.clock.now();
    const token = code.replace(/\s/g, '');
    const delta = totp(Secret.fromBase32(factor.secret), admin.name).validate({ token, timestamp, window });
    if (delta === null) return undefined;
    const step = Math.floor(timestamp / periodMs) + delta;
    if (step <= (factor.lastStep ?? -1)) return undefined;
    this.#delays.succeeded(admin.id);
    return step;
  }

  async #commit(admin: AdminRecord, factor: SecondFactorRecord | undefined, action?: string): Promise<void> {
    const factorRevision = (admin.factorRevision ?? 0) + 1;
    const change =
      factor === undefined
        ? ({ set: { factorRevision }, unset: ['secondFactor'] } as const)
        : { set: { factorRevision, secondFactor: factor } };
    const writes = [this.#admins.update(admin.id, change, { factorRevision: admin.factorRevision ?? null })];
    const { documents, audit } = this.options;
    const done = action === undefined ? documents.commit(writes) : audit.commit(writes, entryOf(admin, action));
    // Another request has used the code, or changed the factor, since this one read it.
    if (!(await tookPlace(done))) throw new DatakeepError('second-factor-wrong');
  }
}

function isEnabled(admin: AdminRecord): boolean {
  return admin.secondFactor?.confirmedAt !== undefined;
}

function enabled(admin: AdminRecord): SecondFactorRecord {
  if (admin.secondFactor === undefined || !isEnabled(admin))
    throw new DatakeepError('not-found', 'No second factor is on.');
  return admin.secondFactor;
}

function totp(secret: Secret, label: string): TOTP {
  return new TOTP({ issuer, label, secret, algorithm: 'SHA1', digits, period: periodMs / 1000 });
}

function entryOf({ id }: AdminRecord, action: string): AuditEntry {
  return { action, actor: { kind: 'admin', id }, subject: { kind: 'admin', id } };
}

function wrongCode(): DatakeepError {
  return DatakeepError.invalidAt('/code', 'wrong-code', 'The code is wrong, too old, or was used before.');
}
