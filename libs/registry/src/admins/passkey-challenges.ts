import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@datakeep/kernel';

export type ChallengePurpose = 'register' | 'sign-in';

/** From the request of the options to the browser's answer. */
export const challengeMs = 5 * 60_000;

const timeBytes = 6;
const randomPart = 16;
const body = timeBytes + randomPart;
const sealBytes = 32;

/**
 * Challenges of passkeys (WebAuthn Level 3, section 13.4.3), which no process stores: the time of issue, random bytes,
 * and a seal (HMAC-SHA-256) over both, the purpose and the admin. So strangers who ask for many take no memory, and a
 * challenge of one gateway is known to the other. The single use is up to the caller, by the time of issue.
 */
export class PasskeyChallenges {
  readonly #keys: () => readonly Buffer[];

  /** `keys`: the current one seals, each opens. */
  constructor(
    keys: () => readonly Buffer[],
    private readonly clock: Clock,
  ) {
    this.#keys = keys;
  }

  /** `adminId` is empty where the admin is not known yet. */
  issue(purpose: ChallengePurpose, adminId: string): Buffer {
    const time = Buffer.alloc(timeBytes);
    time.writeUIntBE(this.clock.now(), 0, timeBytes);
    const content = Buffer.concat([time, randomBytes(randomPart)]);
    return Buffer.concat([content, seal(this.#keys()[0]!, content, purpose, adminId)]);
  }

  /**
   * When it was issued, ms; undefined where that is not within `challengeMs` of now, or not of this purpose and admin.
   */
  issuedAt(challenge: string, purpose: ChallengePurpose, adminId: string): number | undefined {
    const bytes = Buffer.from(challenge, 'base64url');
    if (bytes.length !== body + sealBytes) return undefined;
    const [content, tag] = [bytes.subarray(0, body), bytes.subarray(body)];
    if (!this.#keys().some((key) => timingSafeEqual(seal(key, content, purpose, adminId), tag))) return undefined;
    const issuedAt = content.readUIntBE(0, timeBytes);
    return Math.abs(this.clock.now() - issuedAt) < challengeMs ? issuedAt : undefined;
  }
}

function seal(key: Buffer, content: Buffer, purpose: ChallengePurpose, adminId: string): Buffer {
  return createHmac('sha256', key).update(`${purpose}\0${adminId}\0`).update(content).digest();
}
