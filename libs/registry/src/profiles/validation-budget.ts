/**
 * CPU ms that validating a payload may take, whatever its size, and for each byte: 585 ms for 4 MiB. A list of objects
 * of 20 kinds takes 40 to 200 ns a byte, the most while its code is cold, and twice that where other programs share the
 * core.
 */
const baseMs = 250;
const perByteMs = 80 / 1e6;
/** A unit takes 1 to 100 ns, so that the clock is looked at every few milliseconds at most. */
const unitsBetweenLooks = 20_000;

let left = unitsBetweenLooks;
let budgetMs = baseMs;
let began: number | undefined;
let cpuAtBegin = 0;

/** Validating the payload takes too long: its strings or lists are too long for what the schema asks of each. */
export class ValidationBudgetExceeded extends Error {
  override readonly name = 'ValidationBudgetExceeded';
}

/** Starts the account of a new payload. Validation is synchronous, so one account is enough for the thread. */
export function beginPayload(bytes = 0): void {
  left = unitsBetweenLooks;
  began = undefined;
  budgetMs = baseMs + bytes * perByteMs;
}

/** Counts work, and looks at the clock now and then. Throws `ValidationBudgetExceeded`. */
export function spend(units: number): void {
  left -= units;
  if (left < 0) look();
}

/**
 * Wall time is cheap to read and says nearly always that there is time; CPU time is asked only when it is up, so that a
 * busy machine does not refuse a payload.
 */
function look(): void {
  left = unitsBetweenLooks;
  const now = performance.now();
  if (began === undefined) {
    began = now;
    cpuAtBegin = threadCpuMs();
  } else if (now - began > budgetMs && threadCpuMs() - cpuAtBegin > budgetMs) throw new ValidationBudgetExceeded();
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
