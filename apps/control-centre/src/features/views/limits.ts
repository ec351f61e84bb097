import type { CreateViewTemplate } from '../../api/operations.ts';

export type Limits = NonNullable<CreateViewTemplate['limits']>;

/** Limits of one run, with what holds where neither a template nor the configuration says otherwise. */
export const limitFields: readonly {
  readonly name: keyof Limits;
  readonly label: string;
  readonly fallback: number;
}[] = [
  { name: 'wallTimeMs', label: 'Time, ms', fallback: 5000 },
  { name: 'cpuTimeMs', label: 'Processor time, ms', fallback: 5000 },
  { name: 'memoryMiB', label: 'Memory, MiB', fallback: 192 },
  { name: 'processes', label: 'Threads and processes', fallback: 64 },
  { name: 'inputEvents', label: 'Events that it may read', fallback: 10_000 },
  { name: 'inputBytes', label: 'Size of these events, bytes', fallback: 16_777_216 },
  { name: 'resultBytes', label: 'Result, bytes', fallback: 1_048_576 },
  { name: 'logBytes', label: 'Log, bytes', fallback: 65_536 },
];
