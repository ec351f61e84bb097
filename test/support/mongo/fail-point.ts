import mongoose from 'mongoose';

/**
 * As `failCommand` of MongoDB's own tests; `afterCommand` is the stand-in's: the command is done, and its answer lost.
 */
export interface FailPoint {
  readonly failCommands: readonly string[];
  readonly errorCode?: number;
  readonly errorLabels?: readonly string[];
  readonly closeConnection?: boolean;
  readonly afterCommand?: boolean;
}

/**
 * Makes that many of a server's commands fail while `action` lasts, chosen at random. For a server that no other suite
 * uses.
 */
export async function withFailPoint(
  uri: string,
  data: FailPoint,
  activationProbability: number,
  action: () => Promise<void>,
): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const configure = (mode: unknown): Promise<unknown> =>
    connection.getClient().db('admin').command({ configureFailPoint: 'failCommand', mode, data });
  await configure({ activationProbability });
  try {
    await action();
  } finally {
    await configure('off');
    await connection.close();
  }
}
