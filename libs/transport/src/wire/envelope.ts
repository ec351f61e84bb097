const mebibyte = 1024 * 1024;

/** Version of the envelope and of the ports; a client and a server of different versions refuse each other. */
export const wireVersion = 6;

/** The first message on a connection. Only after it may messages be large. */
export const helloPattern = 'rpc.hello';

/** Largest message of a connection that has not shown the secret. */
export const maxFirstMessageBytes = 8 * 1024;
/** Largest request: a batch of 16 MiB of payload text, and what surrounds it. UTF-16 units of its strings. */
export const maxRequestBytes = 32 * mebibyte;
/** Largest answer: a caller of a larger one has to ask for less. */
export const maxAnswerBytes = 128 * mebibyte;
/** Bytes that may wait for a peer that does not read: the largest answers of a few calls. */
export const maxUnreadBytes = 4 * maxAnswerBytes;

/** The data of a Nest request packet. */
export interface RequestEnvelope {
  readonly version: number;
  /** The service secret, where one is set. */
  readonly secret?: string | undefined;
  readonly requestId: string;
  /** W3C trace context of the call, where it is traced. */
  readonly traceparent?: string | undefined;
  /** The sender's monotonic clock at sending, ms; only differences count. */
  readonly sentAt: number;
  /** What the caller waits from `sentAt` on, ms. */
  readonly budgetMs: number;
  /** Arguments by their index: JSON would make null of an undefined one in a list. */
  readonly args: Readonly<Record<number, unknown>>;
}

/** A request as it arrived: the server adds what it measured, over anything that was sent under these names. */
export interface ReceivedEnvelope extends RequestEnvelope {
  /** How long it lay in buffers on the way, ms. */
  readonly delayedMs: number;
  /** UTF-16 units of the whole message. */
  readonly length: number;
}

/** UTF-16 units of the strings of a JSON value, six levels deep: about what it takes in a message, unprinted. */
export function textLength(value: unknown, levels = 6): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || levels === 0) return 0;
  let length = 0;
  for (const member of Object.values(value)) length += textLength(member, levels - 1);
  return length;
}
