import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What a test has it do otherwise than a browser would. */
export interface Misdeed {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** Default: the person was verified. */
  readonly verified?: boolean;
  readonly counter?: number;
  readonly id?: string;
  readonly userHandle?: string;
  readonly attestation?: Readonly<Record<string, unknown>>;
  readonly signature?: string;
}

/** A browser's answer, as it is sent. */
export interface Answer {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: Readonly<Record<string, never>>;
  readonly response: Readonly<Record<string, unknown>>;
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
}

interface RequestOptions {
  readonly challenge: string;
  readonly rpId?: string;
}

type Cbor = number | string | Uint8Array | Map<number | string, Cbor>;

/** CBOR (RFC 8949), of what attestations hold. */
function cbor(value: Cbor): Buffer {
  const head = (major: number, n: number): Buffer => {
    if (n < 24) return Buffer.from([(major << 5) | n]);
    if (n < 256) return Buffer.from([(major << 5) | 24, n]);
    return Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
  return Buffer.concat([head(2, value.length), value]);
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const present = 0x01;
const verifiedFlag = 0x04;
const attested = 0x40;

/** A browser and an authenticator with one passkey (ES256, attestation "none"); for tests. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(16).toString('base64url');
  readonly #origin: string;
  readonly #publicKey: KeyObject;
  readonly #privateKey: KeyObject;
  #userHandle = '';
  #rpId = '';
  counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#publicKey = pair.publicKey;
    this.#privateKey = pair.privateKey;
  }

  create({ challenge, rp, user }: CreationOptions, misdeed: Misdeed = {}): Answer {
    this.#userHandle = user.id;
    this.#rpId = rp.id ?? '';
    const { x, y } = this.#publicKey.export({ format: 'jwk' });
    const coordinate = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
    const key = cbor(
      new Map<number, Cbor>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, coordinate(x)],
        [-3, coordinate(y)],
      ]),
    );
    const id = Buffer.from(this.id, 'base64url');
    const length = Buffer.from([id.length >> 8, id.length & 255]);
    const authData = Buffer.concat([this.#data(misdeed, attested), Buffer.alloc(16), length, id, key]);
    const object = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
      ...Object.entries((misdeed.attestation ?? {}) as Record<string, Cbor>),
    ]);
    return this.#answer(misdeed, {
      clientDataJSON: this.#clientData('webauthn.create', challenge, misdeed).toString('base64url'),
      attestationObject: cbor(object).toString('base64url'),
      transports: ['internal'],
    });
  }

  get({ challenge }: RequestOptions, misdeed: Misdeed = {}): Answer {
    this.counter += 1;
    const authData = this.#data(misdeed, 0);
    const clientData = this.#clientData('webauthn.get', challenge, misdeed);
    return this.#answer(misdeed, {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature:
        misdeed.signature ??
        sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.#privateKey).toString('base64url'),
      userHandle: misdeed.userHandle ?? this.#userHandle,
    });
  }

  #answer(misdeed: Misdeed, response: Answer['response']): Answer {
    const id = misdeed.id ?? this.id;
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string, misdeed: Misdeed): Buffer {
    const { origin = this.#origin } = misdeed;
    return Buffer.from(
      JSON.stringify({
        type: misdeed.type ?? type,
        challenge: misdeed.challenge ?? challenge,
        origin,
        crossOrigin: false,
      }),
    );
  }

  #data({ rpId = this.#rpId, verified = true, counter = this.counter }: Misdeed, flags: number): Buffer {
    const head = Buffer.alloc(5);
    head[0] = present | (verified ? verifiedFlag : 0) | flags;
    head.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(rpId), head]);
  }
}
