import { DatakeepError } from '@datakeep/kernel';

/** A place in the order of changes. */
export interface ChangePlace {
  /** The last change seen. */
  readonly sequence: number;
  /**
   * The sequence of the last change when a walk from the first event began; 0 for any other walk. This walk needs no
   * changes up to it: it reads the events themselves.
   */
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
    throw DatakeepError.invalidAt('/since', 'cursor', 'this is no place among the changes of this keep');
  return { sequence: Number(sequence), began: Number(began ?? 0) };
}

export const changesGone = (): DatakeepError => new DatakeepError('changes-gone');
