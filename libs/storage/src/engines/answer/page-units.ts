/**
 * A page ends early where its text exceeds this many UTF-16 units, so that no answer is unbounded; `next` continues
 * from there. The same on every engine.
 */
export const pageUnits = 8 * 1024 * 1024;
