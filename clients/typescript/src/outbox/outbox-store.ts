export interface WaitingEvent {
  /** Given by the store; a later one is greater. */
  readonly id: number;
  /** The event as it is sent, JSON. */
  readonly event: string;
}

export interface AddedEvent {
  readonly profile: string;
  readonly event: string;
}

export interface RefusedEvent extends WaitingEvent {
  /** Why, JSON. */
  readonly reason: string;
}

/**
 * Where events wait until the keep has them.
 *
 * - `add` keeps the order of the calls; what it resolved for is there after a crash of the program.
 * - `take` gives the oldest waiting events of one profile: that of the oldest one whose profile is not in `without`.
 *   They stay until `remove` or `refuse`.
 * - `refuse` puts events aside, with a reason, where `take` does not find them; `release` puts them back.
 * - What is not there is passed over by every method.
 */
export interface OutboxStore {
  add(events: readonly AddedEvent[]): void | Promise<void>;
  take(
    limit: number,
    without: readonly string[],
  ): readonly (WaitingEvent & AddedEvent)[] | Promise<readonly (WaitingEvent & AddedEvent)[]>;
  remove(ids: readonly number[]): void | Promise<void>;
  refuse(events: readonly { readonly id: number; readonly reason: string }[]): void | Promise<void>;
  refused(): readonly RefusedEvent[] | Promise<readonly RefusedEvent[]>;
  release(ids: readonly number[]): void | Promise<void>;
  /** Of those that wait. */
  count(): number | Promise<number>;
  close(): void | Promise<void>;
}
