import type { IndexMode } from '@datakeep/contracts';
import type { IndexCapabilities } from './index-engine.ts';
import { isDegraded, type IndexRecord } from './index-record.ts';
import type { StoredPolicy } from './memory.ts';

export interface EffectiveMode {
  readonly effectiveMode: IndexMode;
  /** Why it is not the mode that the admin set. */
  readonly note: string | null;
}

/** The mode in force: `auto` becomes `suggest` on an engine without proof, and after too many reverted actions. */
export function effectiveModeOf(
  { mode, healthySince }: StoredPolicy,
  { replay }: IndexCapabilities,
  records: Iterable<IndexRecord>,
): EffectiveMode {
  if (mode !== 'auto') return { effectiveMode: mode, note: null };
  if (!replay)
    return {
      effectiveMode: 'suggest',
      note: 'This engine cannot prove that an index helps, so nothing is done without the admin.',
    };
  if (isDegraded(records, healthySince))
    return {
      effectiveMode: 'suggest',
      note: 'More than 30 % of the last actions had to be taken back. Set the mode again to go on.',
    };
  return { effectiveMode: 'auto', note: null };
}
