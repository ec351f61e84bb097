import { TextDecoder, TextEncoder, types } from 'node:util';
import { webcrypto } from 'node:crypto';
import type { Bridge } from './bridge.ts';

const encoder = new TextEncoder();
const settableUrlParts = ['protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const;

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

/** Those of the bridge that have no state beyond the realm: URLs, encodings, cryptography. `onWork` is told +1 and -1 around each asynchronous one. */
export function lendFunctions(onWork: (change: 1 | -1) => void): Lent {
  const decoders: TextDecoder[] = [];
  return {
    parseUrl(href, base) {
      const url = URL.parse(href, base === '' ? undefined : base);
      if (!url) return undefined;
      const { origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
      return JSON.stringify({ href: url.href, origin, protocol, username, password, host, hostname, port, pathname, search, hash });
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
    subtle(method, values, resolved, rejected) {
      const call = (webcrypto.subtle as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>)[method];
      if (!call) return rejected('NotSupportedError', `There is no crypto.subtle.${method}.`);
      const work = async (): Promise<void> => {
        onWork(1);
        let value: unknown;
        try {
          value = await call.apply(webcrypto.subtle, values);
        } catch (error) {
          return rejected(nameOf(error), error instanceof Error ? error.message : 'The operation failed.');
        } finally {
          onWork(-1);
        }
        if (types.isArrayBuffer(value)) return resolved('bytes', value);
        const keys = keysIn(value);
        if (keys.length > 0) resolved('key', { keys: keys.map(tellKey), pair: keys.length === 2 });
        else resolved('json', JSON.stringify(value));
      };
      void work();
    },
  };
}

function keysIn(value: unknown): readonly webcrypto.CryptoKey[] {
  if (types.isCryptoKey(value)) return [value as webcrypto.CryptoKey];
  const pair = value as Partial<webcrypto.CryptoKeyPair> | undefined;
  return types.isCryptoKey(pair?.privateKey) ? [pair.privateKey as webcrypto.CryptoKey, pair.publicKey!] : [];
}

function tellKey(key: webcrypto.CryptoKey): { key: object; json: string } {
  const { type, extractable, algorithm, usages } = key;
  return { key, json: JSON.stringify({ type, extractable, algorithm, usages }) };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'OperationError';
}
