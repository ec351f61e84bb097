import type { WireBody } from './codec.ts';

/** Version of the frame, the envelope and the codecs; a client and a server of different versions refuse each other. */
export const wireVersion = 3;

/** The first message on a connection. Only after it may frames be large. */
export const helloPattern = 'rpc.hello';

/** The id of the one answer that nobody asked for: the server is about to end, and takes nothing more on this connection. */
export const goodbyeId = 'rpc.goodbye';

/** The data of a Nest request packet. */
export interface RequestEnvelope extends WireBody {
  /** The service secret, where one is set. */
  readonly secret?: string;
  readonly requestId: string;
  /** The sender's monotonic clock at sending, ms; only differences count. */
  readonly sentAt: number;
  /** What the caller will wait from `sentAt` on, ms. */
  readonly budgetMs: number;
}

/** A request as it arrived: the socket adds what it measured, over anything that was sent under these names. */
export interface ReceivedEnvelope extends RequestEnvelope {
  /** This process's monotonic clock, ms. */
  readonly arrivedAt: number;
  /** How long it lay in buffers on the way, ms. */
  readonly delayedMs: number;
  readonly bytes: number;
}
