/**
 * The attacking program of JavaScript's self-test (self-test/attacks.ts). It starts where a view's runner would, tries
 * each attack with all that Node has, and prints the result of each.
 * It counts as hostile: it reads its targets from its arguments and nothing else.
 */
import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { appendFileSync, chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Attack, AttackLine, AttackTargets } from '../../self-test/attacks.ts';

/** As source, and compiled. */
export type AttackerFileName = 'attacker.ts' | 'attacker.js';

const targets = JSON.parse(process.argv.at(-1)!) as AttackTargets;

function reached(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('connect', () => resolve()).on('error', reject);
  });
}

function spawned(program: string, values: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, values, { stdio: 'ignore' })
      .on('error', reject)
      .on('spawn', () => resolve());
  });
}

/** Of Linux: fcntl's F_SETOWN, F_SETSIG, F_SETOWN_EX and F_SETFL, ioctl's FIOSETOWN and SIOCSPGRP, and O_ASYNC. */
const [setOwner, setSignal, setOwnerEx, setFlags, ioctlOwner, ioctlGroup, isAsync] = [
  8, 10, 15, 4, 0x8901, 0x8902, 0x2000,
];
const unixFamily = 1;
const streams = 1;

/**
 * Makes the supervisor the owner of a socket, so that the kernel signals it when data arrives. JavaScript has no call
 * for it; Node's FFI has.
 */
function signalByTheKernel(): void {
  const ffi = process.getBuiltinModule('node:ffi');
  if (!ffi) throw Object.assign(new Error('There is no FFI.'), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' });
  const { functions: libc } = ffi.dlopen(null, {
    socketpair: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
    fcntl: { arguments: ['i32', 'i32', 'i64'], return: 'i32' },
    ioctl: { arguments: ['i32', 'u64', 'buffer'], return: 'i32' },
    send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  const place = libc.__errno_location();
  const errors: string[] = [];
  const tried = (result: number): boolean => {
    if (result < 0) errors.push(getSystemErrorName(-ffi.getInt32(place)));
    return result >= 0;
  };
  const pair = new Int32Array(2);
  if (!tried(libc.socketpair(unixFamily, streams, 0, pair))) throw Object.assign(new Error(), { code: errors[0] });
  const [one, other] = pair as unknown as [number, number];
  const { supervisorPid } = targets;
  const owner = new Int32Array([supervisorPid]);
  const owned = [
    tried(libc.fcntl(one, setOwner!, BigInt(supervisorPid))),
    tried(libc.fcntl(one, setOwnerEx!, ffi.getRawPointer(new Int32Array([1, supervisorPid])))),
    tried(libc.ioctl(one, BigInt(ioctlOwner!), owner)),
    tried(libc.ioctl(one, BigInt(ioctlGroup!), owner)),
  ];
  // Ends no process that does not wait for it; without it the kernel would send SIGIO, which does.
  const isHarmless = tried(libc.fcntl(one, setSignal!, BigInt(constants.signals.SIGURG)));
  if (!isHarmless && !owned.includes(true))
    throw Object.assign(new Error(), { code: errors.find((code) => code !== 'EACCES') ?? 'EACCES' });
  if (!isHarmless) return;
  libc.fcntl(one, setFlags!, BigInt(isAsync!));
  libc.send(other, new Uint8Array(1), 1n, 0);
}

const attacks: Record<Attack, () => unknown> = {
  'reads a file that everybody may read': () => readFileSync(targets.file),
  'writes a file that everybody may write': () => appendFileSync(targets.file, 'written\n'),
  'makes a file where everybody may': () => writeFileSync(`${targets.folder}/made.txt`, ''),
  'changes the mode of a file': () => chmodSync(targets.file, 0o600),
  "lists the keep's folder": () =>
    Promise.any([...targets.keep, targets.folder].map(async (folder) => readdirSync(folder))),
  'opens a database with SQLite': () => {
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (!sqlite) throw Object.assign(new Error('There is no SQLite.'), { code: 'ERR_UNKNOWN_BUILTIN_MODULE' });
    new sqlite.DatabaseSync(targets.database).exec('CREATE TABLE planted (x)');
  },
  'connects by TCP': () => reached(connect(targets.tcpPort, '127.0.0.1')),
  'listens on a TCP port': () =>
    new Promise<void>((resolve, reject) => {
      createServer()
        .on('error', reject)
        .listen(0, '127.0.0.1', () => resolve());
    }),
  'sends by UDP': () =>
    new Promise<void>((resolve, reject) => {
      const socket = createSocket('udp4').on('error', reject);
      socket.send('x', targets.udpPort, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    }),
  'connects to a Unix socket': () => reached(connect(targets.unixSocket)),
  "reads the supervisor's environment": () => readFileSync(`/proc/${targets.supervisorPid}/environ`),
  'signals the supervisor': () => process.kill(targets.supervisorPid, 0),
  'has the kernel signal the supervisor': signalByTheKernel,
  'starts a program': () =>
    new Promise<void>((resolve, reject) => {
      execFile(targets.program, ['-c', ':'], (error) => (error ? reject(error) : resolve()));
    }),
  'forks 100 times': () => Promise.any(Array.from({ length: 100 }, () => spawned(targets.program, ['-c', ':']))),
};

/** The code of an error, or of the last of several; the message where it has none. */
function codeOf(error: unknown): string {
  const last = error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error;
  const { code, message } = last as { readonly code?: unknown; readonly message?: unknown };
  return String(code ?? message);
}

// On Node 26 what the permission model denies of sockets may arrive as an uncaught exception (docs/isolation.md, T7).
let uncaught: (error: unknown) => void = () => undefined;
process.on('uncaughtException', (error) => uncaught(error));

const lines: AttackLine[] = [];
for (const [attack, attempt] of Object.entries(attacks) as [Attack, () => unknown][]) {
  const { promise, reject } = Promise.withResolvers<never>();
  uncaught = reject;
  try {
    await Promise.race([attempt(), promise]);
    lines.push({ attack });
  } catch (error) {
    lines.push({ attack, error: codeOf(error) });
  }
}
process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), () => process.exit(0));
