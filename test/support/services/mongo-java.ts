import { askMongo } from './ask.ts';
import { builtProgram } from './built-program.ts';
import { startService, type Service } from './service-process.ts';

/** mongo-java-server 1.47: speaks MongoDB's wire protocol and keeps everything in memory, so a restart empties it. */
export async function startMongoJava(): Promise<Service> {
  const jar = await builtProgram({
    name: 'mongo-java-server',
    sources: 'mongo-java-server',
    file: 'mvn',
    args: ['-q', '-B', 'package'],
    product: 'target/mongo-java-server.jar',
  });
  return startService({
    name: 'mongo-java-server',
    command: (port) => ({
      file: 'java',
      args: ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', jar, '127.0.0.1', String(port)],
    }),
    uri: (port) => `mongodb://127.0.0.1:${port}/datakeep`,
    ask: askMongo,
  });
}
