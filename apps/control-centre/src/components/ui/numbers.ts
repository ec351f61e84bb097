const parts = new Intl.NumberFormat().formatToParts(-12_345.6);
const markOf = (type: 'group' | 'decimal'): string | undefined => parts.find((part) => part.type === type)?.value;

/** Of fields for numbers: as the rest of the page writes them, in the browser's language. */
export const numberMarks = { thousandSeparator: markOf('group') ?? '', decimalSeparator: markOf('decimal') ?? '.' };

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 MiB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  const maximumFractionDigits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString(undefined, { maximumFractionDigits })} ${units[power]}`;
}

/** A disk that has less left is nearly full, bytes: as `datakeep doctor` judges it. */
export const littleSpace = 2 * 1024 ** 3;

/** `1 event`, `2,000 events`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** `0.25 ms`, `850 ms`, `2.1 s`, `3 min`. */
export function durationText(ms: number): string {
  if (ms < 10) return `${ms.toLocaleString(undefined, { maximumSignificantDigits: 2 })} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })} s`;
  return `${(ms / 60_000).toLocaleString(undefined, { maximumFractionDigits: 1 })} min`;
}
