const longest = 200;

/** BullMQ's rules for custom ids, held by every adapter. Throws TypeError. */
export function checkJobId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || id.length === 0 || id.length > longest || !id.isWellFormed()) {
    throw new TypeError(`A job id is a string of 1 to ${longest} characters`);
  }
  if (id.includes(':')) throw new TypeError('A job id holds no ":"');
  if (/^\d+$/.test(id)) throw new TypeError('A job id is not made of digits only');
}
