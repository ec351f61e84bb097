/** What a move that was begun knows of itself when it is run again. */
export interface MoveState {
  readonly format: 1;
  /** Where the keep comes from, without secrets. */
  readonly from: string;
  /** The place of the last change of its events at the begin. */
  readonly place: string;
}

/**
 * Where a keep is moved to. While a move has begun and not ended, its state lies there, before and after all else, and
 * no keep starts.
 */
export interface MoveTarget {
  /** Without secrets. */
  readonly name: string;
  /** How to be rid of what an unfinished move left there. */
  readonly howToClear: string;
  state(): Promise<MoveState | undefined>;
  isEmpty(): Promise<boolean>;
  begin(state: MoveState): Promise<void>;
  end(): Promise<void>;
}
