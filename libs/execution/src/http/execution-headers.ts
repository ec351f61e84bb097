import { type ExecutionLimits, executionLimitRanges } from '@datakeep/contracts';

/**
 * What a keep sends an execution service beyond the interface, which the service may ignore: the run's limits as JSON
 * (`{"wallTimeMs":5000,…}`), and a key. Code may share a process only with code of the same key.
 */
export const limitsHeader = 'x-datakeep-limits';
export const reuseKeyHeader = 'x-datakeep-reuse-key';

export function writeLimits(limits: ExecutionLimits): string {
  return JSON.stringify(limits);
}

/**
 * The limits of a run: those of the header, within the ranges of the contract; `defaults` for those that are absent or
 * illegal.
 */
export function readLimits(header: string | undefined, defaults: ExecutionLimits): ExecutionLimits {
  let wishes: Partial<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(header ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) wishes = parsed;
  } catch {
    wishes = {};
  }
  const limitOf = (name: keyof ExecutionLimits): number => {
    const value = wishes[name];
    const { least, most } = executionLimitRanges[name];
    return typeof value === 'number' && Number.isInteger(value)
      ? Math.min(most, Math.max(least, value))
      : defaults[name];
  };
  const names = Object.keys(executionLimitRanges) as (keyof ExecutionLimits)[];
  return Object.fromEntries(names.map((name) => [name, limitOf(name)])) as Record<keyof ExecutionLimits, number>;
}
