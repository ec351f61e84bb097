import { send } from '../../api/client.ts';
import type { Event, ExportLine } from '../../api/operations.ts';
import { ProblemError } from '../../api/problem.ts';
import { notifyDone } from '../../components/ui/notify.ts';
import { countText } from '../../components/ui/numbers.ts';
import { csvBegin, csvRow } from './csv.ts';
import { openSink } from './export-sink.ts';
import { valueAt, type Field } from './fields.ts';
import type { Filter } from './filter-json.ts';
import { readLines } from '../../api/lines.ts';
import { Job } from './jobs.ts';
import { appName } from './app-queries.ts';
import { restOf } from './rest-of-payload.ts';

export type ExportFormat = 'ndjson' | 'csv';

export interface ExportRequest {
  readonly profile: string;
  readonly filter: Filter;
  readonly format: ExportFormat;
  /** The columns of a CSV. */
  readonly fields: readonly Field[];
  /** How many events there will be, where that is known. */
  readonly total: number | undefined;
}

export interface ExportProgress extends ExportRequest {
  readonly phase: 'running' | 'done' | 'failed' | 'cancelled';
  readonly fileName: string;
  readonly events: number;
  readonly characters: number;
  readonly error?: unknown;
}

export const exportJob = new Job<ExportProgress>();

const types: Readonly<Record<ExportFormat, string>> = { ndjson: 'application/x-ndjson', csv: 'text/csv;charset=utf-8' };

/** What is written at once, in UTF-16 units: few blobs, and few turns of the event loop between two of the page's. */
const writeSize = 512 * 1024;
/** Progress is reported no more often, ms. */
const progressMs = 200;

/** `walk.example-track-2026-01-31.csv`. */
function fileNameOf(profile: string, format: ExportFormat): string {
  const plain = profile.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80);
  return `${plain}-${new Date().toISOString().slice(0, 10)}.${format}`;
}

/** The answer ended before its last line, which says whether it is whole. */
class CutOff extends Error {
  override readonly name = 'CutOff';
}

export async function startExport(request: ExportRequest): Promise<void> {
  const fileName = fileNameOf(request.profile, request.format);
  let [events, characters] = [0, 0];
  const progress = (phase: ExportProgress['phase']): ExportProgress => ({
    ...request,
    phase,
    fileName,
    events,
    characters,
  });
  const sink = await openSink(fileName, types[request.format]).catch((error: unknown) => {
    exportJob.set({ ...progress('failed'), error });
  });
  if (!sink) return;
  const signal = exportJob.begin(progress('running'));
  try {
    const response = await send('/admin/v1/events/export', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ profile: request.profile, filter: request.filter }),
      signal,
    });
    let reportedAt = 0;
    for await (const write of writesOf(readLines(response.body!), request)) {
      await sink.write(write.text);
      events = write.events;
      characters += write.text.length;
      if (performance.now() - reportedAt > progressMs) {
        reportedAt = performance.now();
        exportJob.set(progress('running'));
      }
    }
    signal.throwIfAborted();
    await sink.close();
    exportJob.set(progress('done'));
    notifyDone(`${fileName}: ${countText(events, 'event')} exported.`);
  } catch (error) {
    await sink.discard();
    exportJob.set({ ...progress(signal.aborted ? 'cancelled' : 'failed'), error });
  }
}

interface Write {
  readonly text: string;
  /** Written so far, these among them. */
  readonly events: number;
}

/** The lines of an export as the texts to be written. Throws where the export is not whole. */
async function* writesOf(lines: AsyncIterable<string>, request: ExportRequest): AsyncGenerator<Write> {
  const isCsv = request.format === 'csv';
  let pending = isCsv ? [csvBegin, csvHeader(request.fields)] : [];
  let size = 0;
  let events = 0;
  let last = '';
  for await (const line of lines) {
    last = line;
    const isEvent = !/^\{"(?:profile|summary|problem)"/.test(line);
    if (isEvent) events += 1;
    if (!isCsv) pending.push(line, '\n');
    else if (isEvent) pending.push(await csvLine(JSON.parse(line) as Event, request.fields));
    size += line.length;
    if (size < writeSize) continue;
    yield { text: pending.join(''), events };
    pending = [];
    size = 0;
  }
  const end = readLast(last);
  if (end && 'problem' in end) throw new ProblemError(end.problem);
  if (!end || !('summary' in end)) throw new CutOff('The connection broke before the export’s end.');
  yield { text: pending.join(''), events };
}

function readLast(line: string): ExportLine | undefined {
  try {
    return JSON.parse(line) as ExportLine;
  } catch {
    return undefined;
  }
}

const metadataColumns = ['id', 'created', 'accepted', 'app', 'app id', 'identifier', 'version'] as const;

function csvHeader(fields: readonly Field[]): string {
  return csvRow([...metadataColumns, ...fields.map(({ label }) => label), 'other members (JSON)']);
}

async function csvLine(event: Event, fields: readonly Field[]): Promise<string> {
  const { createdDate, acceptedDate, source, identifier, version } = event.metadata;
  const rest = restOf(event.payload, fields);
  return csvRow([
    event.id,
    createdDate,
    acceptedDate,
    await appName(source),
    source,
    identifier,
    version,
    ...fields.map(({ path }) => valueAt(event, path)),
    rest,
  ]);
}
