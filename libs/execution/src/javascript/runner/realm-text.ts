import type { Bridge } from './bridge.ts';

/** Runs inside a fresh realm: makes `TextEncoder`, `TextDecoder` (WHATWG Encoding Standard) and `structuredClone` (HTML Standard, without transfer). */
export function makeText(bridge: Bridge): {
  TextEncoder: unknown;
  TextDecoder: new () => { decode(bytes: unknown): string };
  structuredClone: unknown;
} {
  class TextEncoder {
    get encoding(): string {
      return 'utf-8';
    }
    encode(text: unknown = ''): Uint8Array {
      const given = String(text);
      const bytes = new Uint8Array(given.length * 3);
      return bytes.slice(0, bridge.encodeInto(given, bytes) % 2 ** 26);
    }
    encodeInto(text: unknown, target: Uint8Array): { read: number; written: number } {
      if (!(target instanceof Uint8Array)) throw new TypeError('The target must be a Uint8Array.');
      const both = bridge.encodeInto(String(text), target);
      return { read: Math.floor(both / 2 ** 26), written: both % 2 ** 26 };
    }
  }

  class TextDecoder {
    readonly #id: number;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;

    constructor(label: unknown = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      this.fatal = Boolean(options.fatal);
      this.ignoreBOM = Boolean(options.ignoreBOM);
      this.#id = bridge.openDecoder(String(label), this.fatal, this.ignoreBOM);
      if (this.#id < 0) throw new RangeError(`There is no encoding ${String(label)}.`);
    }
    get encoding(): string {
      return bridge.decoderLabel(this.#id);
    }
    decode(bytes: unknown = new Uint8Array(0), options: { stream?: boolean } = {}): string {
      const text = bridge.decode(this.#id, bytes, Boolean(options.stream));
      if (text === undefined) throw new TypeError('The bytes are not valid in this encoding.');
      return text;
    }
  }

  const structuredClone = (root: unknown): unknown => {
    const copies = new Map<object, unknown>();
    const copy = (value: unknown): unknown => {
      if (typeof value === 'function' || typeof value === 'symbol') {
        const error = new Error(`A ${typeof value} cannot be cloned.`);
        error.name = 'DataCloneError';
        throw error;
      }
      if (typeof value !== 'object' || value === null) return value;
      if (copies.has(value)) return copies.get(value);
      const keep = <T extends object>(made: T): T => {
        copies.set(value, made);
        return made;
      };
      if (Array.isArray(value)) {
        const list = keep([] as unknown[]);
        list.length = value.length;
        for (const key of Object.keys(value)) list[key as unknown as number] = copy(value[key as unknown as number]);
        return list;
      }
      if (value instanceof Date) return keep(new Date(value.getTime()));
      if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
      if (value instanceof ArrayBuffer) return keep(value.slice(0));
      if (value instanceof DataView)
        return keep(new DataView(copy(value.buffer) as ArrayBuffer, value.byteOffset, value.byteLength));
      if (ArrayBuffer.isView(value)) {
        const view = value as Uint8Array;
        return keep(
          new (view.constructor as Uint8ArrayConstructor)(
            copy(view.buffer) as ArrayBuffer,
            view.byteOffset,
            view.length,
          ),
        );
      }
      if (value instanceof Map) {
        const map = keep(new Map<unknown, unknown>());
        for (const [key, item] of value) map.set(copy(key), copy(item));
        return map;
      }
      if (value instanceof Set) {
        const set = keep(new Set<unknown>());
        for (const item of value) set.add(copy(item));
        return set;
      }
      if (value instanceof Error) {
        const error = keep(new Error(value.message));
        error.name = value.name;
        return error;
      }
      const object = keep({} as Record<string, unknown>);
      for (const key of Object.keys(value))
        Object.defineProperty(object, key, {
          value: copy((value as Record<string, unknown>)[key]),
          writable: true,
          enumerable: true,
          configurable: true,
        });
      return object;
    };
    return copy(root);
  };

  return { TextEncoder, TextDecoder, structuredClone };
}
