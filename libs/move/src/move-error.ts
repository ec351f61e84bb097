/** Why a keep was not moved, in one line for the owner. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/** Something else than what is copied is in its place, or was where it comes from. */
export class ContentDiffers extends Error {
  override readonly name = 'ContentDiffers';
  /** The name of the stream. */
  readonly stream: string;

  constructor(stream: string) {
    super(`${stream} differ`);
    this.stream = stream;
  }
}
