import type { NewEvent as SentEvent } from '../generated/types.gen.ts';
import type { JsonObject } from '../payload-of.ts';
import { nameOf, type ProfileRef } from './profiles.ts';

export interface NewEvent<Payload = JsonObject> {
  readonly profile: ProfileRef<Payload>;
  readonly payload: Payload;
  /** When it happened; default: when the keep gets it. */
  readonly createdDate?: string | Date | undefined;
  /**
   * 1 to 200 characters, by which the keep stores it once, however often it is sent. Default: a random one, so that the
   * client can repeat the request.
   */
  readonly identifier?: string | undefined;
}

/** `crypto.randomUUID` is for https and localhost; a page may be served at home without either. */
const randomIdentifier = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export function sentEvent<Payload>({ profile, payload, createdDate, identifier }: NewEvent<Payload>): SentEvent {
  return {
    metadata: {
      profile: nameOf(profile as ProfileRef<unknown>),
      identifier: identifier ?? randomIdentifier(),
      ...(createdDate === undefined
        ? {}
        : { createdDate: typeof createdDate === 'string' ? createdDate : createdDate.toISOString() }),
    },
    payload: payload as SentEvent['payload'],
  };
}
