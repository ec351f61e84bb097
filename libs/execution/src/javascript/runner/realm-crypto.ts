import type { Bridge } from './bridge.ts';

/** Runs inside a fresh realm: defines `crypto` (W3C Web Cryptography). Keys stay with the runner; the realm holds opaque handles. */
export function installCrypto(bridge: Bridge): void {
  const failure = (name: string, message: string): Error => {
    const error = new Error(message);
    error.name = name;
    return error;
  };

  class CryptoKey {
    readonly type!: string;
    readonly extractable!: boolean;
    readonly algorithm!: unknown;
    readonly usages!: readonly string[];
  }
  interface KeyTold {
    readonly key: object;
    readonly json: string;
  }
  const keys = new WeakMap<object, object>();
  const wrap = (told: KeyTold): CryptoKey => {
    const made = Object.freeze(Object.assign(new CryptoKey(), JSON.parse(told.json) as object)) as CryptoKey;
    keys.set(made, told.key);
    return made;
  };
  /** The runner's key in place of a handle, one level into an algorithm as well (`{ name: 'ECDH', public: key }`). */
  const unwrap = (value: unknown, deep = true): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const key = keys.get(value);
    if (key !== undefined) return key;
    if (!deep || Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unwrap(part, false)]));
  };

  const methods = [
    'encrypt',
    'decrypt',
    'sign',
    'verify',
    'digest',
    'generateKey',
    'deriveKey',
    'deriveBits',
    'importKey',
    'exportKey',
    'wrapKey',
    'unwrapKey',
  ];
  const subtle: Record<string, unknown> = {};
  for (const method of methods) {
    subtle[method] = (...values: unknown[]) =>
      new Promise((resolve, reject) => {
        bridge.subtle(
          method,
          values.map((value) => unwrap(value)),
          (kind, value) => {
            if (kind === 'json') return resolve(JSON.parse(value as string));
            if (kind === 'key') {
              const told = value as { keys: readonly KeyTold[]; pair: boolean };
              const made = told.keys.map(wrap);
              return resolve(told.pair ? { privateKey: made[0], publicKey: made[1] } : made[0]);
            }
            const outer = value as ArrayBuffer;
            const bytes = new Uint8Array(outer.byteLength);
            bytes.set(new Uint8Array(outer));
            resolve(bytes.buffer);
          },
          (name, message) => reject(failure(name, message)),
        );
      });
  }
  const crypto = {
    subtle: Object.freeze(subtle),
    getRandomValues: (target: unknown) => {
      const wrong = bridge.fillRandom(target);
      if (wrong !== '') throw failure(wrong, 'getRandomValues takes an integer typed array of at most 65,536 bytes.');
      return target;
    },
    randomUUID: () => bridge.randomUuid(),
  };
  Object.defineProperty(globalThis, 'crypto', { value: Object.freeze(crypto), writable: true, configurable: true });
  Object.defineProperty(globalThis, 'CryptoKey', { value: CryptoKey, writable: true, configurable: true });
}
