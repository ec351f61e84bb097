import { TextDecoder, TextEncoder, types } from 'node:util';
import { webcrypto } from 'node:crypto';
import type { Bridge } from './bridge.ts';

const encoder = new TextEncoder();
const settableUrlParts = [
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

/** The methods of `crypto.subtle` that view code has. */
const subtleMethods: ReadonlySet<string> = new Set([
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
]);

type Lent = Pick<
  Bridge,
  | 'parseUrl'
  | 'setUrlPart'
  | 'parseQuery'
  | 'formatQuery'
  | 'encodeInto'
  | 'openDecoder'
  | 'decoderLabel'
  | 'decode'
  | 'fillRandom'
  | 'randomUuid'
  | 'subtle'
>;

/**
 * Those of the bridge that have no state beyond the realm: URLs, encodings, cryptography. `onWork` is told +1 and -1 around each asynchronous one; `makeBytes` makes bytes of the realm.
 */
export function lendFunctions(onWork: (change: 1 | -1) => void, makeBytes: (length: number) => Uint8Array): Lent {
  const decoders: TextDecoder[] = [];
  /** By the realm's handles of them. */
  const keys = new WeakMap<object, webcrypto.CryptoKey>();
  const keyOrValue = (value: unknown): unknown => (isObject(value) ? (keys.get(value) ?? value) : value);
  const withKeys = (value: unknown): unknown => {
    const given = keyOrValue(value);
    if (
      !isObject(given) ||
      given !== value ||
      Array.isArray(given) ||
      ArrayBuffer.isView(given) ||
      types.isAnyArrayBuffer(given)
    )
      return given;
    return Object.fromEntries(Object.entries(given).map(([name, part]) => [name, keyOrValue(part)]));
  };
  return {
    parseUrl(href, base) {
      const url = URL.parse(href, base === '' ? undefined : base);
      if (!url) return undefined;
      const { origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
      return JSON.stringify({
        href: url.href,
        origin,
        protocol,
        username,
        password,
        host,
        hostname,
        port,
        pathname,
        search,
        hash,
      });
    },
    setUrlPart(href, part, value) {
      const url = URL.parse(href);
      const known = settableUrlParts.find((name) => name === part);
      if (!url || !known) return href;
      url[known] = value;
      return url.href;
    },
    parseQuery: (text) => JSON.stringify([...new URLSearchParams(text)]),
    formatQuery: (pairsJson) => new URLSearchParams(JSON.parse(pairsJson) as [string, string][]).toString(),
    encodeInto(text, target) {
      const { read, written } = encoder.encodeInto(text, target);
      return read * 2 ** 26 + written;
    },
    openDecoder(label, fatal, ignoreBOM) {
      try {
        return decoders.push(new TextDecoder(label, { fatal, ignoreBOM })) - 1;
      } catch {
        return -1;
      }
    },
    decoderLabel: (id) => decoders[id]?.encoding ?? '',
    decode(id, bytes, stream) {
      try {
        return decoders[id]?.decode(bytes as Uint8Array, { stream });
      } catch {
        return undefined;
      }
    },
    fillRandom(target) {
      try {
        webcrypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
        return '';
      } catch (error) {
        return nameOf(error);
      }
    },
    randomUuid: () => webcrypto.randomUUID(),
    subtle(method, values, makeKey, resolved, rejected) {
      // What the realm calls a method may be any name that an object has, such as `__defineGetter__`.
      const call = subtleMethods.has(method)
        ? (webcrypto.subtle as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>)[method]
        : undefined;
      if (!call) return rejected('NotSupportedError', `There is no crypto.subtle.${method}.`);
      const handleOf = (key: webcrypto.CryptoKey): object => {
        const { type, extractable, algorithm, usages } = key;
        const handle = makeKey(JSON.stringify({ type, extractable, algorithm, usages }));
        keys.set(handle, key);
        return handle;
      };
      const tell = (value: unknown): void => {
        if (types.isArrayBuffer(value))
          return resolved('bytes', copyInto(makeBytes(value.byteLength), new Uint8Array(value)));
        if (types.isCryptoKey(value)) return resolved('key', handleOf(value as webcrypto.CryptoKey));
        const { privateKey, publicKey } = (value ?? {}) as Partial<webcrypto.CryptoKeyPair>;
        if (types.isCryptoKey(privateKey))
          return resolved('pair', handleOf(privateKey as webcrypto.CryptoKey), handleOf(publicKey!));
        resolved('json', JSON.stringify(value));
      };
      const work = async (): Promise<void> => {
        onWork(1);
        try {
          tell(await call.apply(webcrypto.subtle, Array.from(values, withKeys)));
        } catch (error) {
          rejected(nameOf(error), error instanceof Error ? error.message : 'The operation failed.');
        } finally {
          onWork(-1);
        }
      };
      void work();
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const { set } = Uint8Array.prototype;

/** Fills bytes of the realm; the method is this realm's, since view code may have replaced its own. */
export function copyInto(target: Uint8Array, bytes: Uint8Array): Uint8Array {
  Reflect.apply(set, target, [bytes]);
  return target;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'OperationError';
}
