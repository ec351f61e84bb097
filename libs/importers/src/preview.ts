import type { ImportedEvent, ImportItem } from './importer.ts';
import { Tally } from './sending/tally.ts';

export interface Preview {
  /** Events by profile. */
  readonly counts: Readonly<Record<string, number>>;
  readonly rows: readonly Pick<ImportedEvent, 'line' | 'profile' | 'createdDate' | 'payload'>[];
  readonly tally: Tally;
  /** Whether the file was read to its end. */
  readonly isWhole: boolean;
}

/**
 * What would be sent. `isEnough` ends the reading before the end of the file; from then on the source may
 * throw.
 */
export async function previewOf(
  items: AsyncIterable<ImportItem>,
  mostRows: number,
  isEnough: () => boolean = () => false,
): Promise<Preview> {
  const tally = new Tally();
  const counts: Record<string, number> = {};
  const rows: Preview['rows'][number][] = [];
  try {
    for await (const item of items) {
      if (item.kind === 'refused') tally.refuse(item);
      else if (item.kind === 'note') tally.note(item.text);
      else {
        counts[item.profile] = (counts[item.profile] ?? 0) + 1;
        const { profile, createdDate, payload, line } = item;
        if (rows.length < mostRows) rows.push({ line, profile, createdDate, payload });
      }
      if (isEnough()) return { counts, rows, tally, isWhole: false };
    }
  } catch (error) {
    if (!isEnough()) throw error;
    return { counts, rows, tally, isWhole: false };
  }
  return { counts, rows, tally, isWhole: true };
}
