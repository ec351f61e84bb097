/** The numbers of docs/indexing.md. Times in ms. */
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const bucketMs = 5 * minute;
export const keptMs = 30 * day;
export const halfLifeMs = 24 * hour;
export const sampleSets = 20;
/** Characters of a query that may be a sample. An app's query may have a mebibyte: 4,000 samples of that are 4 GiB. */
export const longestSample = 16_384;
/** Shapes counted at once; beyond them the cheapest one is forgotten. */
export const mostShapes = 200;
/** Shapes whose statistics are stored for one profile and bucket: the costliest. */
export const storedShapes = 50;

/** Records of indexes: beyond them the longest unchanged one of what is not there goes. */
export const mostRecords = 500;

/** κ: build once the missed benefit is the cost of building. */
export const buildFactor = 1;
/** μ: and this many times what the writes will cost. */
export const writeFactor = 1.5;
export const swapFactor = 1.5;
export const dropFactor = 0.5;
/**
 * An index younger than this is not swapped or dropped for its value, and none is rebuilt within this time after its
 * removal.
 */
export const coolDownMs = 24 * hour;

/**
 * `paceMs` spaces builds that are not urgent; `buildsADay` is what that pace allows, and bounds urgent builds too
 * (A-3).
 */
export const gates = {
  calls: 20,
  buckets: 3,
  spanMs: 30 * minute,
  shareOfTime: 0.05,
  wasted: 500,
  rows: 5000,
  gain: 0.5,
  paceMs: hour,
  buildsADay: 24,
  lockMs: 2000,
  diskFull: 0.9,
} as const;

export const tombstoneMs = 7 * day;
export const longestTombstoneMs = 90 * day;

export const replay = { ratio: 0.7, faster: 15, of: 20 } as const;
export const watch = {
  leastMs: 30 * minute,
  mostMs: 72 * hour,
  calls: 30,
  gain: 0.3,
  alpha: 0.05,
  hopelessCalls: 100,
} as const;
export const neighbours = { share: 0.01, slower: 0.2, alpha: 0.01, calls: 10 } as const;
/** A suspicion, by so few appends, takes nothing back: it holds up the next build. */
export const writes = { slower: 0.2, slowerMs: 1, overMs: 15 * minute, appends: 20, suspectAppends: 5 } as const;
export const health = { actions: 20, least: 10, reverts: 0.3 } as const;
/** How long a hidden index is watched before it is dropped. */
export const hiddenMs = 24 * hour;

/** What an event takes that is examined and not returned: 1.1 to 2.3 µs were measured. */
export const examinedMs = 0.001;
/** Assumed cost of a query that an index serves, before a replay measures it: this, plus an amount for each row. */
export const servedMs = 0.05;
export const servedRowMs = 0.005;
/** Assumed bytes of an index for one event, before it is there. */
export const indexBytesPerEvent = 64;

/** An answer about the indexes waits this long for a pass that is under way, and then reports the state before it. */
export const momentMs = 200;

export const leaseMs = 10 * minute;
