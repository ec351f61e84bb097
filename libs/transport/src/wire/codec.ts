/** What travels for one list of arguments or one result: a JSON value, and one text that stays out of the JSON. */
export interface WireBody {
  /** Any JSON value; members that are undefined are absent on the other side. */
  readonly head: unknown;
  /** Large text (payloads, JSON answers). */
  readonly text?: string;
}

/** How one value travels. Law: `decode(encode(value))` equals `value`; `decode` throws on what no `encode` made. */
export interface Codec<T> {
  encode(value: T): WireBody;
  decode(body: WireBody): T;
}

/** How the answer to a call travels. The same law, but what the caller knows from its own arguments need not travel back. */
export interface AnswerCodec<Arguments extends unknown[], T> {
  encode(value: T): WireBody;
  decode(body: WireBody, args: Arguments): T;
}

/** For values that are small JSON. A result of `undefined` comes back as undefined. */
export function json<T>(): Codec<T> {
  return { encode: (value) => ({ head: value }), decode: (body) => body.head as T };
}

/** For objects of which one member is large text: that member travels beside the JSON. */
export function withText<Member extends string, T extends { readonly [K in Member]: string }>(
  member: Member,
): Codec<T> {
  return {
    encode: (value) => ({ head: { ...value, [member]: undefined }, text: value[member] }),
    decode: (body) => ({ ...(body.head as T), [member]: body.text ?? '' }),
  };
}

/** The same where the value may be undefined. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    encode: (value) => (value === undefined ? { head: null } : codec.encode(value)),
    decode: (body) => (body.head === null ? undefined : codec.decode(body)),
  };
}
