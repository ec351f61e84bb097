/** The command could not do what was asked; the message is for the user. Exit code 1. */
export class NotDone extends Error {
  override readonly name = 'NotDone';
}

/** The command line is wrong. Exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}
