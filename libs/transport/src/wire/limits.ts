const mebibyte = 1024 * 1024;

/** Largest request that a service reads: a batch of 16 MiB of payload text, and what surrounds it. */
export const maxRequestBytes = 32 * mebibyte;
/** Largest first message: nobody has shown the secret yet. */
export const maxFirstFrameBytes = 8 * 1024;
/** Largest answer: beyond it the caller is told to ask for less. */
export const maxAnswerBytes = 128 * mebibyte;
/** What one process lets be in flight towards, and in, one service. */
export const defaultInFlight = { requests: 1000, bytes: 64 * mebibyte } as const;
/** Bytes of answers that wait for a peer that does not read. */
export const maxUnreadBytes = 2 * maxAnswerBytes;
