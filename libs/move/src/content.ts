import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** A record or an event, as its port answers it: JSON members, absent ones absent. */
export interface Item {
  readonly id: string;
}

/** One kind of content of a keep: the records of a collection, its source code, its events. */
export interface ContentReader {
  readonly name: string;
  count(): Promise<number>;
  /** All of it in pages that fit into memory. What is there throughout comes once. */
  pages(): AsyncIterable<readonly Item[]>;
}

export interface ContentStream extends ContentReader {
  /**
   * Stores a page that was read elsewhere, durably. What is there already stays: so a page may be repeated after a
   * kill. Rejects with `ContentDiffers` where something else lives under an id; then a part of the page may be stored.
   */
  write(items: readonly Item[]): Promise<void>;
}

/** Equal on both sides where all items are. `digest` is hex. */
export interface ContentDigest {
  readonly count: number;
  readonly digest: string;
}

const bits = 256;

/**
 * Adds up the SHA-256 of each item's canonical form (RFC 8785), modulo 2^256: the same for any order of the items,
 * which engines read in their own.
 */
export class DigestSum {
  #count = 0;
  #sum = 0n;

  add(items: readonly Item[]): void {
    for (const item of items) this.#sum += BigInt(`0x${hash('sha256', canonicalOf(item), 'hex')}`);
    this.#sum = BigInt.asUintN(bits, this.#sum);
    this.#count += items.length;
  }

  get value(): ContentDigest {
    return { count: this.#count, digest: this.#sum.toString(16).padStart(bits / 4, '0') };
  }
}

/** An item with a lone surrogate, which has no canonical form, as its text: engines keep the order of members. */
export function canonicalOf(item: Item): string {
  const text = JSON.stringify(item);
  return /\\ud[89a-f]/.test(text) ? text : canonicalize(item)!;
}

export const isSame = (one: ContentDigest, other: ContentDigest | undefined): boolean =>
  one.count === other?.count && one.digest === other.digest;
