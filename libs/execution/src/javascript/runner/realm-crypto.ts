import type { Bridge } from './bridge.ts';

/** Runs inside a fresh realm: makes `crypto` (W3C Web Cryptography). Keys stay with the runner; the realm holds opaque handles. */
export function makeCrypto(bridge: Bridge): { crypto: unknown; CryptoKey: unknown } {
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
  const makeKey = (json: string): object => Object.freeze(Object.assign(new CryptoKey(), JSON.parse(json) as object));

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
  // By place: the iterator of arrays may be view code's own by now.
  for (let place = 0; place < methods.length; place += 1) {
    const method = methods[place]!;
    subtle[method] = (...values: unknown[]) =>
      new Promise((resolve, reject) => {
        bridge.subtle(
          method,
          values,
          makeKey,
          (kind, value, second) => {
            if (kind === 'json') resolve(JSON.parse(value as string));
            else if (kind === 'bytes') resolve((value as Uint8Array).buffer);
            else resolve(kind === 'pair' ? { privateKey: value, publicKey: second } : value);
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
  return { crypto: Object.freeze(crypto), CryptoKey };
}
