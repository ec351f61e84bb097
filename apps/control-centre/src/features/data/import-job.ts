import { send } from '../../api/client.ts';
import type { BulkLine, Problem } from '../../api/operations.ts';
import { ProblemError } from '../../api/problem.ts';
import { notifyDone } from '../../components/ui/notify.ts';
import { countText } from '../../components/ui/numbers.ts';
import { readLines } from '../../api/lines.ts';
import { Job } from './jobs.ts';

/** What is wrong in a file, by its line, counted from 1. */
export interface LineFault {
  readonly line: number;
  readonly pointer: string;
  readonly detail: string;
}

export interface ImportProgress {
  readonly phase: 'running' | 'done' | 'failed' | 'cancelled';
  readonly file: File;
  /** Of the file, sent and stored. A stopped import continues from here. */
  readonly bytes: number;
  readonly lines: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly error?: unknown;
  readonly faults?: readonly LineFault[];
  /** The text of the first faulty line, cut to size. */
  readonly faultyText?: string;
}

export const importJob = new Job<ImportProgress>();

/**
 * A browser sends a body of HTTP/1.1 whole before it reads the answer, so one request would show no progress. The file
 * goes in slices of whole lines, each stored before the next is read: memory stays small, and cancelling stops between
 * two.
 */
const sliceBytes = 1024 * 1024;
/** The keep's `maxEventsTextBytes`: a line beyond this is sent as it is, to be refused. */
const longestLine = 16 * 1024 * 1024;
const newline = 10;
/** Waits after the keep said that it is busy, ms. */
const waits = [1000, 2000, 4000, 8000, 15_000];

interface Count {
  readonly lines: number;
  readonly accepted: number;
  readonly duplicates: number;
}

class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: Problem;
  readonly line: number | undefined;
  readonly stored: Count;

  constructor(problem: Problem, line: number | undefined, stored: Count) {
    super(problem.detail);
    this.problem = problem;
    this.line = line;
    this.stored = stored;
  }
}

/** Imports a file, or continues one that was stopped. */
export async function startImport(file: File, from?: ImportProgress): Promise<void> {
  let progress: ImportProgress = {
    phase: 'running',
    file,
    bytes: from?.bytes ?? 0,
    lines: from?.lines ?? 0,
    accepted: from?.accepted ?? 0,
    duplicates: from?.duplicates ?? 0,
  };
  const signal = importJob.begin(progress);
  let slice: Uint8Array<ArrayBuffer> = new Uint8Array();
  const plus = (count: Count): ImportProgress => ({
    ...progress,
    accepted: progress.accepted + count.accepted,
    duplicates: progress.duplicates + count.duplicates,
  });
  try {
    while (progress.bytes < file.size) {
      slice = await nextSlice(file, progress.bytes);
      const count = await sendPatiently(slice, signal, (now) => importJob.set(plus(now)));
      progress = { ...plus(count), bytes: progress.bytes + slice.length, lines: progress.lines + linesIn(slice) };
      importJob.set(progress);
    }
    importJob.set({ ...progress, phase: 'done' });
    notifyDone(`${countText(progress.accepted, 'event')} imported.`);
  } catch (error) {
    if (signal.aborted) importJob.set({ ...progress, phase: 'cancelled' });
    else importJob.set({ ...failure(error, progress, slice), phase: 'failed' });
  }
}

function failure(error: unknown, progress: ImportProgress, slice: Uint8Array): ImportProgress {
  const problem = error instanceof Refused || error instanceof ProblemError ? error.problem : undefined;
  const shown = error instanceof Refused ? new ProblemError(error.problem) : error;
  const places = (problem?.errors ?? []) as readonly { line?: number; pointer: string; detail: string }[];
  const faults = places.flatMap(({ line, pointer, detail }) =>
    line === undefined ? [] : [{ line: line + progress.lines, pointer, detail }],
  );
  const line = faults[0] ? faults[0].line - progress.lines : error instanceof Refused ? error.line : undefined;
  if (line === undefined) return { ...progress, error: shown };
  const stored = error instanceof Refused ? error.stored : { accepted: 0, duplicates: 0 };
  return {
    ...progress,
    accepted: progress.accepted + stored.accepted,
    duplicates: progress.duplicates + stored.duplicates,
    error: shown,
    faults: faults.length > 0 ? faults : [{ line: line + progress.lines, pointer: '', detail: problem?.detail ?? '' }],
    faultyText: lineText(slice, line),
  };
}

async function nextSlice(file: File, from: number): Promise<Uint8Array<ArrayBuffer>> {
  for (let size = sliceBytes; ; size *= 2) {
    const bytes = new Uint8Array(await file.slice(from, from + size).arrayBuffer());
    const isRest = from + bytes.length >= file.size;
    const end = bytes.lastIndexOf(newline) + 1;
    if (isRest) return bytes;
    if (end > 0) return bytes.subarray(0, end);
    if (size > longestLine) return bytes;
  }
}

function linesIn(slice: Uint8Array): number {
  let lines = 0;
  for (let at = slice.indexOf(newline); at !== -1; at = slice.indexOf(newline, at + 1)) lines += 1;
  return slice.at(-1) === newline ? lines : lines + 1;
}

function lineText(slice: Uint8Array, line: number): string {
  let start = 0;
  for (let at = 1; at < line; at += 1) start = slice.indexOf(newline, start) + 1;
  const end = slice.indexOf(newline, start);
  return new TextDecoder().decode(slice.subarray(start, Math.min(end === -1 ? slice.length : end, start + 20_000)));
}

/** A keep that is busy or over its limit of requests is asked again; nothing is stored twice by that. */
async function sendPatiently(
  slice: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
  onProgress: (now: Count) => void,
): Promise<Count> {
  for (const wait of waits) {
    try {
      return await sendSlice(slice, signal, onProgress);
    } catch (error) {
      const isBusy = error instanceof ProblemError && (error.status === 429 || error.status === 503);
      if (!isBusy) throw error;
      await pause(wait, signal);
    }
  }
  return sendSlice(slice, signal, onProgress);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('Cancelled', 'AbortError'));
    });
  });
}

async function sendSlice(
  slice: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
  onProgress: (now: Count) => void,
): Promise<Count> {
  const response = await send('/admin/v1/events/import', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: slice,
    signal,
  });
  for await (const text of readLines(response.body!)) {
    const answer = JSON.parse(text) as BulkLine;
    if ('progress' in answer) onProgress(answer.progress);
    else if ('summary' in answer) return answer.summary;
    else throw new Refused(answer.problem, answer.line, answer.stored);
  }
  throw new Error('The connection broke before the keep said what it stored. Go on: nothing is stored twice.');
}
