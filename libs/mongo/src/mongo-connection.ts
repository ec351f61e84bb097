import type { Connection, ConnectOptions, mongo } from 'mongoose';
import { DatakeepError } from '@datakeep/kernel';
import { endingConnections } from './ending-connections.ts';

export interface MongoConnectionOptions {
  /** A connection string, `mongodb://…` or `mongodb+srv://…`. */
  readonly uri: string;
  /** Default: the one that the URI names, or `datakeep`. */
  readonly database?: string;
  /** Time for finding a server, at the start and later. Default 5,000 ms. */
  readonly selectionTimeoutMs?: number;
  /** What the messages call the connection string. Default: MONGODB_URI. */
  readonly named?: string;
  /** Also to a database into which a keep is being moved. */
  readonly moving?: boolean;
}

/** What a store on MongoDB works on. */
export interface MongoSource {
  readonly connection: Connection;
  /** Of its reads, where they are of one moment. */
  readonly session?: mongo.ClientSession | undefined;
  /** The store's last step; absent where the connection is for others too, who close it. */
  close?(): Promise<void>;
}

/** Of a store with a connection of its own, unless it is given one; rejects as `connectMongo` does. */
export async function sourceOf(options: MongoConnectionOptions | MongoSource): Promise<MongoSource> {
  if ('connection' in options) return options;
  const connection = await connectMongo(options);
  return { connection, close: () => connection.close() };
}

/**
 * One moment of a whole database, over any number of reads: for a copy while others write. A server keeps a moment for
 * 5 minutes, unless its `minSnapshotHistoryWindowInSeconds` says otherwise.
 */
export class MongoMoment implements MongoSource {
  readonly connection: Connection;
  #session: mongo.ClientSession | undefined;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  static async open(uri: string): Promise<MongoMoment> {
    return new MongoMoment(await connectMongo({ uri }));
  }

  /** The next read makes it the moment of all that follow. Collections must be there by then. */
  begin(): void {
    this.#session = this.connection.getClient().startSession({ snapshot: true });
  }

  /** Undefined before it has begun. One read at a time. */
  get session(): mongo.ClientSession | undefined {
    return this.#session;
  }

  /** Whether the server, asked by a read, keeps moments: one without a cluster time does not. */
  get isKept(): boolean {
    return this.#session?.clusterTime !== undefined;
  }

  async close(): Promise<void> {
    await this.#session?.endSession();
    await this.connection.close();
  }
}

/** Beyond this a write outside of transactions answers "outcome unknown". */
const writeTimeoutMs = 5000;

const defaultSelectionMs = 5000;
/** A connection on which nothing came for this long is given up; longer than any statement's own limit. */
const socketTimeoutMs = 90_000;
const poolSize = 20;
const defaultDatabase = 'datakeep';
const databaseInUri = /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/;

/** The collection that is there while a move into the database has not ended. */
export const unfinishedMove = 'unfinished_move';

/** A database without name and password: `mongodb://host:27017/datakeep`. */
export function mongoName(uri: string): string {
  const [, scheme, hosts, database] = /^(mongodb(?:\+srv)?:\/\/)(?:[^/]*@)?([^/?]*)\/?([^?]*)/.exec(uri) ?? [];
  return `${scheme}${hosts}/${database === '' ? defaultDatabase : database}`;
}

/** Collections that a keep of a version before transactions has: of its records, and of its events. */
const formerCollections = new Set(['document_keys', 'event_changes_pruned']);

/**
 * A separate connection to a server with transactions, with write concern majority on everything. Loads the driver only
 * when called. Rejects as `opened` does.
 */
export async function connectMongo(options: MongoConnectionOptions): Promise<Connection> {
  const { default: mongoose } = await import('mongoose');
  return opened(mongoose.createConnection(options.uri, connectionOptions(options)), options);
}

/** Of every connection, with write concern majority on everything. */
export function connectionOptions({
  uri,
  database,
  selectionTimeoutMs = defaultSelectionMs,
}: MongoConnectionOptions): ConnectOptions {
  const dbName = database ?? (databaseInUri.test(uri) ? undefined : defaultDatabase);
  return {
    ...endingConnections(),
    appName: 'datakeep',
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    connectTimeoutMS: selectionTimeoutMs,
    ignoreUndefined: true,
    maxPoolSize: poolSize,
    readPreference: 'primary',
    retryWrites: true,
    serverSelectionTimeoutMS: selectionTimeoutMs,
    socketTimeoutMS: socketTimeoutMs,
    writeConcern: { w: 'majority', j: true, wtimeoutMS: writeTimeoutMs },
    ...(dbName === undefined ? {} : { dbName }),
  };
}

/**
 * The connection, once a server that can hold a keep has answered. Else closes it, and rejects after the selection time
 * with one `storage-unreachable` whose message names MONGODB_URI and the reason, and holds nothing of the URI: where
 * the server cannot be reached or is no replica set, or where the database holds the keep of a former version.
 */
export async function opened(
  connection: Connection,
  {
    selectionTimeoutMs = defaultSelectionMs,
    named = 'MONGODB_URI',
    moving = false,
  }: Omit<MongoConnectionOptions, 'uri'> = {},
): Promise<Connection> {
  try {
    await connection.asPromise();
    await requireServer(connection.db as mongo.Db, named, moving);
    return connection;
  } catch (error) {
    await connection.close(true);
    if (error instanceof DatakeepError) throw error;
    throw new DatakeepError('storage-unreachable', `${named}: ${reasonOf(error, selectionTimeoutMs)}`, {
      retryAfterSeconds: 5,
    });
  }
}

async function requireServer(database: mongo.Db, named: string, moving: boolean): Promise<void> {
  const hello = await database.command({ hello: 1 });
  // A mongos answers "isdbgrid".
  if (typeof hello['setName'] !== 'string' && hello['msg'] !== 'isdbgrid')
    throw new DatakeepError(
      'storage-unreachable',
      `${named}: the server has no transactions. Make it a replica set of one: start it as \`mongod --replSet ` +
        'rs0`, then run `rs.initiate()` once in mongosh',
    );
  const collections = await database.listCollections({}, { nameOnly: true }).toArray();
  if (collections.some(({ name }) => formerCollections.has(name)))
    throw new DatakeepError(
      'storage-unreachable',
      `${named}: the database holds a keep of a former version. Export its events with that version, ` +
        'and import them into a keep on an empty database',
    );
  if (!moving && collections.some(({ name }) => name === unfinishedMove))
    throw new DatakeepError(
      'storage-unreachable',
      `${named}: a move or a restore into this database is not finished. Run that command again, or drop the database`,
    );
}

/** Derived from the error's class and codes: the driver's own messages may quote the URI, and with it the password. */
function reasonOf(error: unknown, selectionTimeoutMs: number): string {
  const causes = causesOf(error);
  const names = causes.map((cause) => cause.name);
  const codes = causes.map((cause) => ('code' in cause ? cause.code : undefined));
  if (
    names.some((name) => /^Mongo(Parse|InvalidArgument|API|MissingDependency)Error$/.test(name)) ||
    causes.some((cause) => cause instanceof TypeError)
  )
    return 'it is not a usable MongoDB connection string';
  if (codes.includes(18) || codes.includes(8000)) return 'the server refused the name or password';
  if (codes.includes('ENOTFOUND') || codes.includes('EAI_AGAIN')) return 'the host is not known';
  if (codes.includes('ECONNREFUSED')) return 'the connection was refused';
  if (
    codes.some((code) => typeof code === 'string' && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/.test(code))
  )
    return 'TLS failed';
  return `no server answered within ${selectionTimeoutMs / 1000} s`;
}

/** The error, what caused it, and what the driver knows of each server, at most a few steps in. */
function causesOf(error: unknown, depth = 0): Error[] {
  if (!(error instanceof Error) || depth > 6) return [];
  const servers =
    'reason' in error
      ? (error.reason as { servers?: Map<string, { error?: unknown }> } | undefined)?.servers
      : undefined;
  const inner = [error.cause, ...(servers instanceof Map ? [...servers.values()].map((server) => server.error) : [])];
  return [error, ...inner.flatMap((cause) => causesOf(cause, depth + 1))];
}
