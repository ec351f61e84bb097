import { createReadStream, createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  checkPassphrase,
  checkTarget,
  giveName,
  type Manifest,
  partialEnding,
  systemFault,
  unpackBackup,
} from '@datakeep/backup';
import type { BackupFile, BackupsState } from '@datakeep/contracts';
import { KeepUnreachable } from '../../../../clients/typescript/src/index.ts';
import { type AdminSession, asAdmin } from '../developer/admin-session.ts';
import { countsOf, describe } from '../manifest-text.ts';
import { NotDone } from '../outcome.ts';
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts';
import { openScratch, type Scratch } from '../scratch.ts';
import type { CommandContext } from '../command-context.ts';
import type { RemoteOptions } from './remote-options.ts';

export interface RemoteBackupOptions extends RemoteOptions, PassphraseOptions {
  readonly to?: string;
}

/** Between two readings of the keep's progress, ms. */
const askEveryMs = 500;
const route = '/backups';

/** Has a keep make a backup, and with `to` downloads and checks it. */
export async function backUpRemote(options: RemoteBackupOptions, context: CommandContext): Promise<void> {
  const { config, reporter } = context;
  const toOutput = options.to === '-';
  const target = options.to === undefined || toOutput ? undefined : resolve(options.to);
  if (target !== undefined) checkTarget(target);
  const passphrase = await readPassphrase(options, config, 'make');
  checkPassphrase(passphrase);
  await asAdmin(options, async (session) => {
    const { name, bytes } = await make(session, passphrase, context);
    reporter.end();
    const { url } = session;
    if (options.to === undefined) {
      reporter.done({ url, name, bytes }, [
        `Made and checked, at ${url}: ${name}`,
        'It lies where the keep does: --to FILE downloads it, and so does the Control Centre, under System.',
        'Without its passphrase it is of no use to anyone: put that away where the keep is not.',
      ]);
      return;
    }
    const scratch = openScratch(config);
    try {
      // The name is the keep's, and no path here.
      const file = target ?? join(scratch.makeFolder(), 'backup');
      const manifest = await download({ session, name, bytes, file, passphrase, scratch }, context);
      // Whole and checked, so that what goes out is good whatever becomes of it there.
      if (toOutput) await pipeline(createReadStream(file), process.stdout, { end: false });
      const { createdDate } = manifest;
      reporter.done(
        { url, name, file: toOutput ? '-' : file, bytes, createdDate, rows: countsOf(manifest) },
        [
          `Made at ${url}, downloaded and checked: ${toOutput ? 'to standard output' : file}`,
          ...describe(manifest, bytes),
          `It also lies there, as ${name}.`,
          'Without its passphrase it is of no use to anyone: put that away where the keep is not.',
        ],
        toOutput ? process.stderr : process.stdout,
      );
    } finally {
      scratch.end();
    }
  });
}

async function make(session: AdminSession, passphrase: string, { reporter }: CommandContext): Promise<BackupFile> {
  const before = new Set((await session.ask<BackupsState>('GET', route)).items.map(({ name }) => name));
  const proof = await session.prove();
  let state: BackupsState | undefined;
  try {
    state = await session.ask<BackupsState>('POST', route, { ...proof, passphrase });
    while (state.making !== null) {
      const { step, done } = state.making;
      if (step !== 'begin') reporter.progress({ step, done, of: 1 });
      await delay(askEveryMs, undefined, { signal: session.signal }).catch(() => session.signal.throwIfAborted());
      state = await session.ask<BackupsState>('GET', route);
    }
  } catch (error) {
    if (!session.signal.aborted && !(error instanceof KeepUnreachable)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const begun =
      state === undefined
        ? 'Perhaps the backup was begun: the list of the keep says whether.'
        : 'The backup was begun: the list of the keep says what became of it.';
    throw new NotDone(`${reason.replace(/\.$/, '')}. ${begun}`, { cause: error });
  }
  const made = state.items.find(({ name }) => !before.has(name));
  if (made !== undefined) return made;
  throw new NotDone(`The keep did not make the backup: ${state.failed?.reason ?? 'its log says why.'}`);
}

interface Download {
  readonly session: AdminSession;
  readonly name: string;
  readonly bytes: number;
  readonly file: string;
  readonly passphrase: string;
  readonly scratch: Scratch;
}

/** The file has its name once it was unpacked and checked. */
async function download(
  { session, name, bytes, file, passphrase, scratch }: Download,
  { reporter }: CommandContext,
): Promise<Manifest> {
  const partial = file + partialEnding;
  const onProgress = reporter.progress;
  try {
    await fetchInto(session, name, partial);
    if (statSync(partial).size !== bytes) throw new NotDone(`${name} was cut short on its way: try again.`);
    const source = createReadStream(partial, { highWaterMark: 256 * 1024, signal: session.signal });
    const manifest = await unpackBackup({ source, passphrase, into: scratch.makeFolder(), step: 'check', onProgress });
    giveName(partial, file);
    return manifest;
  } catch (error) {
    const said = session.signal.aborted ? 'Interrupted' : error instanceof Error ? error.message : String(error);
    throw new NotDone(`${said.replace(/\.$/, '')}. The backup lies at the keep all the same, as ${name}.`, {
      cause: error,
    });
  } finally {
    if (existsSync(partial)) rmSync(partial);
  }
}

async function fetchInto(session: AdminSession, name: string, partial: string): Promise<void> {
  const { body } = await session.open(`${route}/${encodeURIComponent(name)}`);
  try {
    await pipeline(Readable.fromWeb(body!), createWriteStream(partial, { mode: 0o600 }), { signal: session.signal });
  } catch (error) {
    throw new NotDone(`${name} could not be downloaded: ${systemFault(error)}`, { cause: error });
  }
}
