import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { makeTempFolder } from '@datakeep/kernel';
import type { Attack, AttackTargets } from './attacks.ts';

const text = 'a file of the self-test\n';
const openMode = 0o666;

/**
 * The targets that the self-test sets out, and what really happened to them: a program that reports a refusal may be
 * wrong.
 */
export interface Decoys {
  readonly targets: AttackTargets;
  /** The attacks that left a trace. */
  reached(): Promise<ReadonlySet<Attack>>;
  remove(): Promise<void>;
}

/** `keep`: folders of the keep itself, to be listed by the attacking program. */
export async function setDecoys(keep: readonly string[]): Promise<Decoys> {
  const folder = makeTempFolder('self-test');
  const reached = new Set<Attack>();
  const listener = (attack: Attack): Server =>
    createServer((socket) => {
      reached.add(attack);
      socket.destroy();
    }).unref();
  const tcp = listener('connects by TCP');
  const unix = listener('connects to a Unix socket');
  const datagrams = createSocket('udp4', () => reached.add('sends by UDP')).unref();
  const signalled = (): void => void reached.add('has the kernel signal the supervisor');
  process.on('SIGURG', signalled);
  const remove = async (): Promise<void> => {
    process.off('SIGURG', signalled);
    for (const server of [tcp, unix]) server.close();
    datagrams.close();
    await rm(folder, { recursive: true, force: true });
  };
  const file = join(folder, 'file.txt');
  const database = join(folder, 'empty.sqlite');
  const unixSocket = join(folder, 'socket');
  try {
    await chmod(folder, 0o777);
    await writeOpen(file, text);
    await writeOpen(database, '');
    tcp.listen(0, '127.0.0.1');
    unix.listen(unixSocket);
    datagrams.bind(0, '127.0.0.1');
    await Promise.all([tcp, unix, datagrams].map((each) => once(each, 'listening')));
    await chmod(unixSocket, 0o777);
  } catch (error) {
    await remove();
    throw error;
  }
  const { port: tcpPort } = tcp.address() as AddressInfo;
  const { port: udpPort } = datagrams.address();
  const names = (await readdir(folder)).toSorted();
  return {
    targets: {
      folder,
      file,
      database,
      keep,
      tcpPort,
      udpPort,
      unixSocket,
      supervisorPid: process.pid,
      program: '/bin/sh',
    },
    reached: async () => {
      if ((await readFile(file, 'utf8')) !== text) reached.add('writes a file that everybody may write');
      if (((await stat(file)).mode & 0o777) !== openMode) reached.add('changes the mode of a file');
      if ((await stat(database)).size !== 0) reached.add('opens a database with SQLite');
      if ((await readdir(folder)).toSorted().join() !== names.join()) reached.add('makes a file where everybody may');
      return reached;
    },
    remove,
  };
}

async function writeOpen(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  // The process's umask would remove the permissions for other users.
  await chmod(path, openMode);
}
