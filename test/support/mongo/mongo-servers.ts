import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { useService } from '../services/use-service.ts';

/** A server that speaks MongoDB's protocol, for one suite. */
export interface MongoServer {
  readonly name: string;
  /** Undefined where it cannot be started; the run says so at its end. */
  readonly uri: string | undefined;
  /** Whether it is not the server of MONGODB_URI. */
  readonly isStandIn: boolean;
  newDatabase(): string;
  drop(database: string): Promise<void>;
}

/** The servers that the suites of the MongoDB engines run on: both stand-ins, or that of MONGODB_URI in place of the first. To be awaited at the top of a spec file. */
export async function mongoServers(suite: string): Promise<readonly MongoServer[]> {
  const servers: MongoServer[] = [];
  for (const [service, name] of [
    ['ferretdb', 'FerretDB'],
    ['mongo-java', 'mongo-java-server'],
  ] as const) {
    const found = await useService(service, suite);
    servers.push({
      name: found?.engine === 'outside' ? 'the server of MONGODB_URI' : name,
      uri: found?.uri,
      isStandIn: found?.engine !== 'outside',
      newDatabase: () => `test_${randomBytes(6).toString('hex')}`,
      drop: async (database) => {
        const connection = await mongoose.createConnection(found?.uri ?? '', { dbName: database }).asPromise();
        await connection.dropDatabase();
        await connection.close();
      },
    });
  }
  return servers;
}
