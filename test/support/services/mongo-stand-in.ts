import { join } from 'node:path';

import { askMongo } from './ask.ts';
import { thorough } from '../thorough.ts';
import { builtProgram } from './built-program.ts';
import { startService, type Service } from './service-process.ts';

/**
 * mongo-java-server 1.47 behind a wrapper of ours (mongo-stand-in/README.md): a replica set of one with transactions,
 * durable by a journal. `properties`: of Java, as that README says.
 */
export async function startMongoStandIn(properties: readonly string[] = []): Promise<Service> {
  const jar = await builtProgram({
    name: 'mongo-stand-in',
    sources: 'mongo-stand-in',
    file: 'mvn',
    args: ['-q', '-B', 'package'],
    product: 'target/mongo-stand-in.jar',
  });
  return startService({
    name: 'mongo-stand-in',
    command: (port, folder) => ({
      file: 'java',
      args: [
        // It holds all that is stored, with its versions: 200,000 events are too many for 512 MiB.
        `-Xmx${thorough(512, 8192)}m`,
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        // Less than docker-compose.yml has, so that suites that kill a process wait less.
        '-DtransactionLifetimeMs=3000',
        ...properties,
        '-jar',
        jar,
        '127.0.0.1',
        String(port),
        join(folder, 'journal'),
      ],
    }),
    uri: (port) => `mongodb://127.0.0.1:${port}/datakeep`,
    ask: askMongo,
  });
}
