/**
 * The runner: the one script of a JavaScript view process. Reads frames from fd 3 and calls view code, each run in a
 * context of its own. Everything here runs beside hostile code: no secret, no file and no socket is at hand.
 */
import { Socket } from 'node:net';
import { check } from './check.ts';
import { encodeFrame, FrameReader, frameKinds, type SourceBundle } from '../../frames/frames.ts';
import { Modules } from './modules.ts';
import { Run } from './run.ts';
import { hideRunnerFrames } from './stacks.ts';

/** As source, and compiled. */
export type RunnerFileName = 'main.ts' | 'main.js';

const channel = new Socket({ fd: 3, readable: true, writable: true });
const write = (frame: Buffer): void => void channel.write(frame);

// Between runs, when the answer is out: the next context is made while no caller waits.
const newRun = (): Run => new Run(write, () => void setImmediate(() => (next ??= newRun())));

let modules: Modules | undefined;
let next: Run | undefined;
let current: Run | undefined;

function onFrame(kind: number, id: number, body: Buffer): void {
  switch (kind) {
    case frameKinds.load:
      // Not for a process that checks source: Node's own print of a syntax error holds its line.
      hideRunnerFrames();
      modules = new Modules(JSON.parse(body.toString()) as SourceBundle);
      return;
    case frameKinds.run: {
      current = next ?? newRun();
      next = undefined;
      const limits = { resultBytes: body.readUInt32LE(0), logBytes: body.readUInt32LE(4) };
      return current.start(id, modules!, limits, body.toString('utf8', 8));
    }
    case frameKinds.answer:
    case frameKinds.response:
      return current?.answer(id, body);
    case frameKinds.refusal: {
      const { code, message } = JSON.parse(body.toString()) as { code: string; message: string };
      return current?.refuse(id, code, message);
    }
    case frameKinds.check:
      process.off('uncaughtException', onStray);
      return check(JSON.parse(body.toString()) as SourceBundle, write);
  }
}

function onStray(error: unknown): void {
  current?.fail(error);
}

const reader = new FrameReader(() => 0xffff_ffff, onFrame);
channel.on('data', (chunk: Buffer) => reader.push(chunk));
// The supervisor is gone: so is the reason to be.
channel.on('close', () => process.exit(0));
channel.on('error', () => process.exit(0));
process.on('uncaughtException', onStray);
process.on('unhandledRejection', onStray);

next = newRun();
write(encodeFrame(frameKinds.ready, 0));
