/** What was asked for could not be done; the message is for the person. Exit code 1. */
export class NotDone extends Error {
  override readonly name = 'NotDone';
}

/** The command was not used as it can be. Exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}
