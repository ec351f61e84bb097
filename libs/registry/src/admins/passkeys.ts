import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { AuditEntry } from '@datakeep/contracts';
import { tookPlace, type Collection } from '@datakeep/documents';
import { DatakeepError, type Id, isId, isoDate, type Timestamp } from '@datakeep/kernel';
import { checkName } from '../lists/text-rules.ts';
import { adminDefinition, type AdminRecord, type PasskeyRecord } from '../records/admin-records.ts';
import { isUncertified, readAssertion, readRegistration } from './passkey-answers.ts';
import { challengeMs, PasskeyChallenges, type ChallengePurpose } from './passkey-challenges.ts';
import type { AdminsOptions } from './admins-options.ts';
import type { Proof } from './second-factor.ts';

interface PasskeysOptions extends AdminsOptions {
  /** Verifies password and code again; throws 422 at `/password` and `/code`. */
  readonly reauthenticate: (adminId: string, proof: Proof) => Promise<void>;
}

/** The keep as a browser knows it (WebAuthn: relying party). Never taken from what a request claims of itself. */
export interface RelyingParty {
  /** The domain to which passkeys are bound. */
  readonly id: string;
  /** Of the page: scheme, host and port. */
  readonly origin: string;
}

/** A passkey as its admin reads it. */
export interface Passkey {
  readonly id: Id;
  readonly name: string;
  readonly createdAt: Timestamp;
  readonly lastUsedAt: Timestamp | null;
  /** The domain that it was made for. */
  readonly rpId: string;
  /** False for one of another domain than the keep's present one, and where the keep has none. */
  readonly usable: boolean;
}

export const maxPasskeys = 20;

/** EdDSA, ES256 and RS256 (COSE): what authenticators know. */
const algorithms = [-8, -7, -257];

// The library takes 260 ms and 28 MB to load: at its first use.
const webauthn = () => import('@simplewebauthn/server');

/**
 * Passkeys of the admin (WebAuthn Level 3), each a complete sign-in: the authenticator verifies the person, and keeps
 * the admin's id, so that no name is typed.
 *
 * Every change is a compare-and-set on the record's `passkeyRevision`. A challenge is used once: each passkey, and each
 * admin for new ones, accepts only a challenge that was issued later than the last one that it accepted.
 */
export class Passkeys {
  readonly #admins: Collection<AdminRecord>;
  readonly #challenges: PasskeyChallenges;

  constructor(private readonly options: PasskeysOptions) {
    this.#admins = options.documents.collection(adminDefinition);
    this.#challenges = new PasskeyChallenges(options.challengeKeys, options.clock);
  }

  /** In the order in which they were made. `rpId` is that of the keep's address, if it has one. */
  async list(adminId: string, rpId: string | undefined): Promise<readonly Passkey[]> {
    return passkeysOf(await this.#admin(adminId)).map((one) => shown(one, rpId));
  }

  /** What the browser makes a passkey from. `passkeys-full` (409) with 20 of them. */
  async beginRegistration(
    adminId: string,
    proof: Proof,
    { id: rpID }: RelyingParty,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    checkRoom(await this.#admin(adminId));
    await this.options.reauthenticate(adminId, proof);
    const admin = await this.#admin(adminId);
    const { generateRegistrationOptions } = await webauthn();
    return generateRegistrationOptions({
      rpName: 'Datakeep',
      rpID,
      userID: bytesOf(adminId, 'hex'),
      userName: admin.name,
      userDisplayName: admin.name,
      challenge: new Uint8Array(this.#challenges.issue('register', adminId)),
      timeout: challengeMs,
      attestationType: 'none',
      supportedAlgorithmIDs: algorithms,
      excludeCredentials: passkeysOf(admin)
        .filter((one) => one.rpId === rpID)
        .map(({ credentialId: id }) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
  }

  /** Adds what the browser made. 422 at `/credential` for what does not answer a challenge of this admin. */
  async register(
    adminId: string,
    { name, credential }: { readonly name: string; readonly credential: unknown },
    rp: RelyingParty,
  ): Promise<Passkey> {
    checkName(name);
    const admin = await this.#admin(adminId);
    const passkeys = passkeysOf(admin);
    checkRoom(admin);
    const response = readRegistration(credential);
    const { verifyRegistrationResponse } = await webauthn();
    let issuedAt: number | undefined;
    const verified =
      response && (await isUncertified(response.response.attestationObject))
        ? await verifyRegistrationResponse({
            response,
            expectedChallenge: (challenge) => {
              issuedAt = this.#fresh(challenge, 'register', adminId, admin.passkeyChallengedAt);
              return issuedAt !== undefined;
            },
            expectedOrigin: rp.origin,
            expectedRPID: rp.id,
            requireUserVerification: true,
            supportedAlgorithmIDs: algorithms,
          }).catch(() => undefined)
        : undefined;
    const made = verified?.registrationInfo?.credential;
    const isNew = made?.id === response?.id && passkeys.every(({ credentialId }) => credentialId !== made?.id);
    if (made === undefined || issuedAt === undefined || !isNew) throw wrongPasskey(rp);
    const passkey: PasskeyRecord = {
      id: this.options.ids.next(),
      name,
      credentialId: made.id,
      publicKey: Buffer.from(made.publicKey).toString('base64url'),
      counter: made.counter,
      rpId: rp.id,
      createdAt: this.options.clock.now(),
      challengedAt: issuedAt,
    };
    const change = { passkeys: [...passkeys, passkey], passkeyChallengedAt: issuedAt };
    if (!(await this.#commit(admin, change, entryOf(admin, 'passkey.added', passkey)))) throw wrongPasskey(rp);
    return shown(passkey, rp.id);
  }

  async rename(adminId: string, id: string, name: string, rpId: string | undefined): Promise<Passkey> {
    checkName(name);
    return shown(await this.#edit(adminId, id, 'passkey.renamed', (passkey) => ({ ...passkey, name })), rpId);
  }

  /** Ends no session. */
  async remove(adminId: string, id: string, proof: Proof): Promise<void> {
    if (!passkeysOf(await this.#admin(adminId)).some((one) => one.id === id)) throw new DatakeepError('not-found');
    await this.options.reauthenticate(adminId, proof);
    await this.#edit(adminId, id, 'passkey.removed', () => undefined);
  }

  /** What the browser signs in with; names no admin and no passkey. */
  async signInOptions({ id: rpID }: RelyingParty): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await webauthn();
    return generateAuthenticationOptions({
      rpID,
      challenge: new Uint8Array(this.#challenges.issue('sign-in', '')),
      timeout: challengeMs,
      userVerification: 'required',
    });
  }

  /** The admin whose passkey signed a challenge; `passkey-refused` (401) for anything else. */
  async check(credential: unknown, rp: RelyingParty): Promise<AdminRecord> {
    const assertion = readAssertion(credential);
    const adminId = assertion && Buffer.from(assertion.userHandle, 'base64url').toString('hex');
    const admin = isId(adminId) ? await this.#admins.get(adminId) : undefined;
    const passkey = admin && passkeysOf(admin).find((one) => one.credentialId === assertion?.id && one.rpId === rp.id);
    if (!assertion || !admin || !passkey) throw new DatakeepError('passkey-refused');
    const { verifyAuthenticationResponse } = await webauthn();
    let challengedAt: number | undefined;
    const verified = await verifyAuthenticationResponse({
      response: assertion,
      expectedChallenge: (challenge) => {
        challengedAt = this.#fresh(challenge, 'sign-in', '', passkey.challengedAt);
        return challengedAt !== undefined;
      },
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      credential: {
        id: passkey.credentialId,
        publicKey: bytesOf(passkey.publicKey, 'base64url'),
        counter: passkey.counter,
      },
      requireUserVerification: true,
    }).catch(() => undefined);
    if (!verified?.verified || challengedAt === undefined) throw new DatakeepError('passkey-refused');
    const { newCounter: counter } = verified.authenticationInfo;
    const used = { ...passkey, counter, challengedAt, lastUsedAt: this.options.clock.now() };
    const passkeys = passkeysOf(admin).map((one) => (one === passkey ? used : one));
    // Another request has used the challenge, or changed the passkeys, since this one read them.
    if (!(await this.#commit(admin, { passkeys }))) throw new DatakeepError('passkey-refused');
    return admin;
  }

  /** The challenge's time of issue where it is of this keep, in time, and later than the last one that was accepted. */
  #fresh(challenge: string, purpose: ChallengePurpose, adminId: string, last = -1): number | undefined {
    const issuedAt = this.#challenges.issuedAt(challenge, purpose, adminId);
    if (issuedAt === undefined) return undefined;
    // The last one of a clock that ran ahead, and was set back since, bars no later one.
    return issuedAt > last || last - issuedAt > 2 * challengeMs ? issuedAt : undefined;
  }

  async #admin(adminId: string): Promise<AdminRecord> {
    const admin = await this.#admins.get(adminId);
    if (!admin) throw new DatakeepError('unauthenticated');
    return admin;
  }

  /** Puts what `change` makes in the passkey's place, or removes it; anew where the passkeys were changed meanwhile. */
  async #edit(
    adminId: string,
    id: string,
    action: string,
    change: (passkey: PasskeyRecord) => PasskeyRecord | undefined,
  ): Promise<PasskeyRecord> {
    for (;;) {
      const admin = await this.#admin(adminId);
      const passkey = passkeysOf(admin).find((one) => one.id === id);
      if (!passkey) throw new DatakeepError('not-found');
      const changed = change(passkey);
      const passkeys = passkeysOf(admin).flatMap((one) => (one === passkey ? (changed ?? []) : one));
      const entry = entryOf(admin, action, changed ?? passkey);
      if (await this.#commit(admin, { passkeys }, entry)) return changed ?? passkey;
    }
  }

  /** False where the passkeys were changed since `admin` was read. */
  async #commit(
    admin: AdminRecord,
    change: Pick<AdminRecord, 'passkeys' | 'passkeyChallengedAt'>,
    entry?: AuditEntry,
  ): Promise<boolean> {
    const { passkeyRevision = 0 } = admin;
    const set = { ...change, passkeyRevision: passkeyRevision + 1 };
    const writes = [this.#admins.update(admin.id, { set }, { passkeyRevision: admin.passkeyRevision ?? null })];
    const { documents, audit } = this.options;
    return tookPlace(entry === undefined ? documents.commit(writes) : audit.commit(writes, entry));
  }
}

function passkeysOf({ passkeys = [] }: AdminRecord): readonly PasskeyRecord[] {
  return passkeys;
}

function checkRoom(admin: AdminRecord): void {
  if (passkeysOf(admin).length >= maxPasskeys) throw new DatakeepError('passkeys-full');
}

function shown({ id, name, createdAt, lastUsedAt, rpId }: PasskeyRecord, presentId: string | undefined): Passkey {
  return {
    id,
    name,
    createdAt: isoDate(createdAt),
    lastUsedAt: lastUsedAt === undefined ? null : isoDate(lastUsedAt),
    rpId,
    usable: rpId === presentId,
  };
}

function bytesOf(text: string, encoding: 'hex' | 'base64url'): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, encoding));
}

function entryOf({ id }: AdminRecord, action: string, passkey: PasskeyRecord): AuditEntry {
  return {
    action,
    actor: { kind: 'admin', id },
    subject: { kind: 'passkey', id: passkey.id },
    details: { name: passkey.name },
  };
}

function wrongPasskey({ origin }: RelyingParty): DatakeepError {
  return DatakeepError.invalidAt(
    '/credential',
    'wrong-passkey',
    'Not a new passkey, verified by the person, that answers the latest options of the last five minutes ' +
      `at ${origin}.`,
  );
}
