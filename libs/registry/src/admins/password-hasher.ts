import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { addressSubject, DatakeepError, FairShare, RoundRobin } from '@datakeep/kernel';

const derive = promisify(argon2);

/** Cost of one hash: memory in KiB, passes, lanes. */
export interface HashCost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id, m=47104 (46 MiB), t=1, p=1. */
export const owaspCost: HashCost = { memory: 47_104, passes: 1, parallelism: 1 };

/** So that sign-ins cannot take the CPU and the memory. */
const atOnce = 2;
const maxWaiting = 100;
const tagLength = 32;
const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/**
 * Argon2id through Node's own crypto: at most two hashes run at once, and 100 wait. Addresses take turns, and one may
 * hold as many places as are free, so that one that sends many neither fills the queue nor slows the others. Beyond:
 * `sign-in-throttled`.
 */
export class PasswordHasher {
  readonly #cost: HashCost;
  readonly #decoy: string;
  readonly #places = new FairShare(maxWaiting);
  /** By address. */
  readonly #waiting = new RoundRobin<() => void>();
  #running = 0;

  constructor(cost: HashCost = owaspCost) {
    this.#cost = cost;
    this.#decoy = print(cost, randomBytes(16), randomBytes(tagLength));
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    return print(this.#cost, salt, await this.#run(password, salt, this.#cost, tagLength, ''));
  }

  /** Without a stored hash it does the same work and answers false. */
  async verify(password: string, stored: string | undefined, address = ''): Promise<boolean> {
    const match = phc.exec(stored ?? this.#decoy);
    if (!match) throw new Error('a stored password hash is not readable');
    const cost = { memory: Number(match[1]), passes: Number(match[2]), parallelism: Number(match[3]) };
    const expected = Buffer.from(match[5]!, 'base64');
    const actual = await this.#run(
      password,
      Buffer.from(match[4]!, 'base64'),
      cost,
      expected.length,
      addressSubject(address),
    );
    return timingSafeEqual(actual, expected) && stored !== undefined;
  }

  async #run(password: string, nonce: Buffer, cost: HashCost, length: number, subject: string): Promise<Buffer> {
    if (this.#running >= atOnce) await this.#turnOf(subject);
    else this.#running += 1;
    try {
      return await derive('argon2id', { message: password.normalize('NFC'), nonce, tagLength: length, ...cost });
    } finally {
      this.#next();
    }
  }

  async #turnOf(subject: string): Promise<void> {
    if (!this.#places.take(subject, 1))
      throw new DatakeepError('sign-in-throttled', 'Too many sign-ins at once.', { retryAfterSeconds: 5 });
    await new Promise<void>((resolve) => this.#waiting.push(subject, resolve));
    this.#places.give(subject, 1);
  }

  /** Hands the place to the next address. */
  #next(): void {
    const begin = this.#waiting.shift();
    if (begin) begin();
    else this.#running -= 1;
  }
}

function print(cost: HashCost, salt: Buffer, hash: Buffer): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(hash)}`;
}
