import {
  blobSource,
  type Created,
  createdLine,
  firstLine,
  ImportFault,
  type ImportItem,
  importers,
  readImportLog,
  recognise,
  sendItems,
  Tally,
  undo,
  type Undone,
} from '@datakeep/importers';
import { Datakeep, KeepError, type Permission } from '@datakeep/client';
import { readLines } from '../../../api/lines.ts';
import { type Waiting, watchedFetch } from '../../../api/watched-fetch.ts';
import { history } from '../history.ts';
import { alone, isUnderWay } from '../one-at-a-time.ts';
import type { Asked, Calls, Progress, Report, UndoSource } from './calls.ts';
import { optionsOf } from './looking.ts';

type Given<Name extends keyof Calls> = Parameters<Calls[Name]>[0];

const progressEveryMs = 200;

let connected: Datakeep | undefined;
let announce: (waiting: Waiting | undefined) => void = () => undefined;

/** `listener` learns while the keep does not take what is sent. */
export function announceWaiting(listener: typeof announce): void {
  announce = listener;
}

const busy = 'Another tab of this browser imports, or takes back an import. Wait for its end, or stop it there.';

export async function connect({ url, associationToken }: Given<'connect'>): Promise<void> {
  // It would void the token by which another tab sends.
  if (await isUnderWay()) throw new ImportFault(busy);
  // A keep that is away for half a minute is waited for: the pauses, of random length, come to 48 s on average.
  connected = await Datakeep.associate({
    url,
    associationToken,
    name: 'Import page of the Control Centre',
    retries: 16,
    fetch: watchedFetch((waiting) => announce(waiting)),
  });
}

function keep(): Datakeep {
  if (!connected) throw new Error('The import has no app yet.');
  return connected;
}

export async function ask({ profiles, right, message }: Given<'ask'>): Promise<readonly Asked[] | undefined> {
  if (!connected) return undefined;
  const { permissions, profiles: registered } = connected;
  if (right === 'create') for (const profile of profiles) await registered.registerFromLibrary(profile);
  const known: Permission[] = [];
  for await (const permission of permissions.list()) known.push(permission);
  const asked: Asked[] = [];
  for (const profile of profiles) {
    const about = known.filter(({ profile: name, requested }) => name === profile && requested.includes(right));
    if (about.some(({ status, granted }) => status === 'approved' && granted.includes(right))) continue;
    // Of an app that was associated anew, what was approved before waits.
    const pending = about.find(({ status }) => status === 'pending');
    const { id } = pending ?? (await permissions.request({ profile, rights: [right], message }));
    asked.push({ id, profile });
  }
  // The others that wait were for imports that are over.
  for (const { id, status } of known)
    if (status === 'pending' && !asked.some((one) => one.id === id)) await permissions.giveUp(id).catch(ifDecided);
  return asked;
}

/** Meanwhile, on the page of requests. */
function ifDecided(error: unknown): void {
  if (!(error instanceof KeepError)) throw error;
}

/** One import or undoing at a time, of all tabs. */
function onlyOne<All extends unknown[], Result extends object>(work: (...given: All) => Promise<Result>) {
  return async (...given: All): Promise<Result> => {
    const result = await alone(() => work(...given));
    if (result === undefined) throw new ImportFault(busy);
    return result;
  };
}

export const run = onlyOne(runAlone);
export const undoImport = onlyOne(undoAlone);

async function runAlone(
  { file, choices, title, url }: Given<'run'>,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Report & { readonly importId: number }> {
  let read = 0;
  const source = blobSource(file, file.name, (_start, end) => {
    read = Math.max(read, end);
  });
  const importer = choices.importer ?? (await recognise(source));
  const importId = await history.begin({ file: file.name, title, url });
  const tally = new Tally();
  const profiles = new Set<string>();
  const begun = performance.now();
  let reportedAt = begun;
  read = 0;
  const progress = (): Progress => {
    const { added, known, refused } = tally;
    return { added, known, refused, read: Math.min(read, file.size), ms: performance.now() - begun };
  };
  const end = (state: 'done' | 'stopped' | 'failed'): Promise<void> =>
    history.end(importId, { state, added: tally.added, profiles: [...profiles] });
  async function* watched(): AsyncGenerator<ImportItem, void, undefined> {
    for await (const item of importers[importer].read(source, optionsOf(choices))) {
      if (item.kind === 'event') profiles.add(item.profile);
      yield item;
    }
  }
  try {
    await sendItems(watched(), {
      sink: keep().events,
      tally,
      note: (line) => history.note(importId, line),
      onProgress: () => {
        const now = performance.now();
        if (now - reportedAt < progressEveryMs) return;
        reportedAt = now;
        onProgress(progress());
      },
      signal,
    });
    await end('done');
  } catch (error) {
    await end(signal.aborted ? 'stopped' : 'failed');
    if (!signal.aborted) throw error;
  }
  const { refusals, notes } = tally;
  const outcome = { importId, refusals, notes, profiles: [...profiles], stopped: signal.aborted };
  return { ...progress(), ...outcome };
}

function linesOf(source: UndoSource, url: string): AsyncIterable<Created> {
  if ('importId' in source) return history.created(source.importId);
  return readImportLog(readLines(source.file.stream()), source.file.name, url);
}

export async function profilesOf({ source, url }: Given<'profilesOf'>): Promise<readonly string[]> {
  const profiles = new Set<string>();
  for await (const { profile } of linesOf(source, url)) profiles.add(profile);
  if (profiles.size === 0) throw new ImportFault('This import added nothing, so there is nothing to take back.');
  return [...profiles];
}

async function undoAlone(
  { source, url }: Given<'undo'>,
  onProgress: (undone: Undone) => void,
  signal: AbortSignal,
): Promise<Undone> {
  let reportedAt = 0;
  const undone = await undo(linesOf(source, url), {
    sink: keep().events,
    ensureDelete: () => Promise.resolve(),
    onProgress: (now) => {
      if (performance.now() - reportedAt < progressEveryMs) return;
      reportedAt = performance.now();
      onProgress(now);
    },
    signal,
  });
  if ('importId' in source) await history.undone(source.importId);
  return undone;
}

export async function report({ importId }: Given<'report'>): Promise<Blob> {
  const { file, url } = await history.get(importId);
  const parts = [firstLine(url, file)];
  for await (const line of history.created(importId)) parts.push(createdLine(line));
  return new Blob(parts, { type: 'application/x-ndjson' });
}
