const longest = 200;

/** The names of BullMQ 6's own keys, which share the namespace of the jobs. */
const taken = new Set(
  (
    'active completed de delayed events failed id limiter marker meta metrics paused pc prioritized repeat ' +
    'stalled stalled-check telling wait waiting-children'
  ).split(' '),
);

/** BullMQ's rules for custom ids, held by every adapter. Throws TypeError. */
export function checkJobId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || id.length === 0 || id.length > longest || !id.isWellFormed()) {
    throw new TypeError(`A job id is a string of 1 to ${longest} characters`);
  }
  if (id.includes(':')) throw new TypeError('A job id holds no ":"');
  if (taken.has(id)) throw new TypeError('A job id is none of the names that BullMQ uses itself');
  if (/^\d+$/.test(id)) throw new TypeError('A job id is not made of digits only');
}
