import { DatakeepError } from '@datakeep/kernel';

/** A place in the order of changes. */
export interface ChangePlace {
  /** The last change seen. */
  readonly sequence: number;
  /** Where the last change stood when a walk from the first event on began; 0 for one that did not begin there. Changes up to it need not be kept for this walk: it sees what is there. */
  readonly began: number;
}

/** `<sequence>`, or `<sequence>.<began>` while a walk has not come as far. */
export function placeText({ sequence, began }: ChangePlace): string {
  return began > sequence ? `${sequence}.${began}` : `${sequence}`;
}

/** Throws 422 where the text is no place. */
export function placeFrom(text: string): ChangePlace {
  const [, sequence, began] = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text) ?? [];
  if (sequence === undefined)
    throw DatakeepError.invalid([
      { pointer: '/since', code: 'cursor', detail: 'this is no place among the changes of this keep' },
    ]);
  return { sequence: Number(sequence), began: Number(began ?? 0) };
}

/** What is asked of rows and text for one page, whatever the limit: beyond, the page ends early and says that more may follow. */
export const changePageRows = 5000;
export const changePageUnits = 4 * 1024 * 1024;
export const changesKeptMs = 30 * 86_400_000;

export const changesGone = (): DatakeepError => new DatakeepError('changes-gone');
