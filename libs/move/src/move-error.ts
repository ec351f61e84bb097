/** Why a keep was not moved, in one line for the owner. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}
