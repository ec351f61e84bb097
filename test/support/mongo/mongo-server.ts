import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { useService } from '../services/use-service.ts';

/** The server that the suites of the MongoDB engines run on. */
export interface MongoServer {
  readonly name: string;
  /** Undefined where it cannot be started; the run reports it at its end. */
  readonly uri: string | undefined;
  /** Whether it is not the server of MONGODB_URI. */
  readonly isStandIn: boolean;
  newDatabase(): string;
  drop(database: string): Promise<void>;
}

/** The stand-in, or the server of MONGODB_URI. To be awaited at the top of a spec file. */
export async function mongoServer(suite: string): Promise<MongoServer> {
  const found = await useService('mongo', suite);
  const isStandIn = found?.engine !== 'outside';
  return {
    name: isStandIn ? 'the stand-in for MongoDB' : 'the server of MONGODB_URI',
    uri: found?.uri,
    isStandIn,
    newDatabase: () => `test_${randomBytes(6).toString('hex')}`,
    drop: async (database) => {
      const connection = await mongoose.createConnection(found?.uri ?? '', { dbName: database }).asPromise();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}
