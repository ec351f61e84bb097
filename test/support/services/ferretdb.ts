import { askMongo } from './ask.ts';
import { builtProgram } from './built-program.ts';
import { startService, type Service } from './service-process.ts';

/** FerretDB 1.24 on SQLite files: speaks MongoDB's wire protocol, is durable, and can be started again. */
export async function startFerret(): Promise<Service> {
  const program = await builtProgram({
    name: 'ferretdb',
    sources: 'ferretdb',
    file: 'go',
    args: ['build', '-trimpath', '-ldflags=-s -w', '-o', 'ferretdb.bin', '.'],
    product: 'ferretdb.bin',
  });
  return startService({
    name: 'ferretdb',
    command: (port, folder) => ({ file: program, args: [`127.0.0.1:${port}`, folder] }),
    uri: (port) => `mongodb://127.0.0.1:${port}/datakeep`,
    ask: askMongo,
  });
}
