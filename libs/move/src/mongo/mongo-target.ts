import { connectMongo, mongoName, unfinishedMove } from '@datakeep/mongo';
import type { Connection, mongo } from 'mongoose';
import type { MoveState, MoveTarget } from '../move-target.ts';

const stateId = 'move';
type StateRecord = MoveState & { readonly _id: typeof stateId };

/** A database that becomes that of a keep. */
export class MongoTarget implements MoveTarget {
  readonly name: string;
  readonly howToClear = 'drop that database';
  readonly #connection: Connection;
  readonly #database: mongo.Db;
  readonly #states: mongo.Collection<StateRecord>;

  private constructor(connection: Connection, uri: string) {
    this.#connection = connection;
    this.#database = connection.db as mongo.Db;
    this.#states = this.#database.collection(unfinishedMove);
    this.name = mongoName(uri);
  }

  /** Rejects as `connectMongo` does, naming `--to` in place of the variable. */
  static async open(uri: string): Promise<MongoTarget> {
    return new MongoTarget(await connectMongo({ uri, named: '--to', moving: true }), uri);
  }

  async state(): Promise<MoveState | undefined> {
    const found = await this.#states.findOne({ _id: stateId });
    return found === null ? undefined : { format: found.format, from: found.from, place: found.place };
  }

  async isEmpty(): Promise<boolean> {
    const collections = await this.#database.listCollections({}, { nameOnly: true }).toArray();
    return collections.every(({ name }) => name === unfinishedMove || name.startsWith('system.'));
  }

  async begin(state: MoveState): Promise<void> {
    await this.#states.replaceOne({ _id: stateId }, { ...state }, { upsert: true });
  }

  async end(): Promise<void> {
    await this.#states.drop();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
