import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/**
 * Steps that must be one in Redis and that BullMQ does not offer: its `remove` takes a job away in whatever state it is by then, also a failed one that
 * was not yet told. They know where BullMQ 6 keeps a job: a hash, and its id in the list `wait` or one of the sorted sets `prioritized`, `delayed` and `failed`.
 */

const removeIdle = `
if redis.call('LREM', KEYS[1], 1, ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('ZREM', KEYS[3], ARGV[1]) == 0 then return 0 end
redis.call('DEL', KEYS[4], KEYS[4] .. ':logs')
return 1`;

const endFailed = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('DEL', KEYS[3], KEYS[3] .. ':logs')
return 1`;

const extendClaim = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end`;

const dropClaim = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end`;

export class QueueScripts {
  readonly #redis: Redis;
  readonly #key: (type: string) => string;

  constructor(redis: Redis, queue: Queue) {
    this.#redis = redis;
    this.#key = (type) => queue.toKey(type);
  }

  /** Takes a waiting or delayed job away, and says whether there was one. */
  async removeIdle(id: string): Promise<boolean> {
    const keys = [this.#key('wait'), this.#key('prioritized'), this.#key('delayed'), this.#key(id)];
    return (await this.#redis.eval(removeIdle, keys.length, ...keys, id)) === 1;
  }

  /** Says whether nobody else was telling this failed job; then nobody else does for `ms`. */
  async claim(id: string, token: string, ms: number): Promise<boolean> {
    return (await this.#redis.set(this.#claimKey(id), token, 'PX', ms, 'NX')) === 'OK';
  }

  async extendClaim(id: string, token: string, ms: number): Promise<void> {
    await this.#redis.eval(extendClaim, 1, this.#claimKey(id), token, ms);
  }

  async dropClaim(id: string, token: string): Promise<void> {
    await this.#redis.eval(dropClaim, 1, this.#claimKey(id), token);
  }

  /** Takes a failed job away that was told under this claim. */
  async endFailed(id: string, token: string): Promise<void> {
    await this.#redis.eval(endFailed, 3, this.#claimKey(id), this.#key('failed'), this.#key(id), id, token);
  }

  /** No job has this key, since a job's id holds no ":". */
  #claimKey(id: string): string {
    return this.#key(`telling:${id}`);
  }
}
