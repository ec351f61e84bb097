const mebibyte = 1024 * 1024;

/** Largest request: a batch of 16 MiB of payload text, and what surrounds it. UTF-16 units of its strings. */
export const maxRequestBytes = 32 * mebibyte;
/** Largest message of a connection that has not shown the secret. */
export const maxFirstMessageBytes = 8 * 1024;
/** Largest answer: a caller of a larger one has to ask for less. */
export const maxAnswerBytes = 128 * mebibyte;
/** What one process lets be in flight towards, and in, one service. */
export const defaultInFlight = { requests: 1000, bytes: 64 * mebibyte } as const;
/** Bytes of answers that wait for a peer that does not read. */
export const maxUnreadBytes = 2 * maxAnswerBytes;
