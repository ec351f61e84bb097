import {
  importers,
  mappingFor,
  previewOf,
  recognise,
  sendItems,
  Tally,
  type CsvMapping,
  type ImportItem,
  type ImporterName,
  type ReadOptions,
  type Source,
} from '@datakeep/importers';
import { profileLibrary } from '@datakeep/registry';
import { counted } from '../counted.ts';
import { ensureRights } from '../developer/rights.ts';
import { connect, type KeepOptions } from '../import/connect.ts';
import { ImportLog } from '../import/import-log.ts';
import { isAddress, openSource } from '../import/open-source.ts';
import { undoImport } from '../import/undo-import.ts';
import { NotDone, WrongUse } from '../outcome.ts';
import type { CommandContext } from '../command-context.ts';

export interface ImportOptions extends KeepOptions, Pick<ReadOptions, 'dates' | 'decimal' | 'encoding' | 'timeZone'> {
  readonly file?: string;
  readonly preview?: boolean;
  readonly undo?: string;
  readonly report?: string;
  readonly from?: string;
  readonly profile?: string;
  readonly map?: readonly string[];
  readonly set?: readonly string[];
}

const previewed = 5;

/** Makes events of a file and sends them as an app does, with a right that the admin has granted. */
export async function importFile(options: ImportOptions, { reporter }: CommandContext): Promise<void> {
  if (options.undo !== undefined) return undoImport(options.undo, options, reporter);
  if (options.file === undefined) throw new WrongUse('Say which file: datakeep import FILE.');
  const source = await openSource(options.file);
  const importer = options.from === undefined ? await recognise(source) : importerNamed(options.from);
  const read: ReadOptions = {
    ...options,
    profiles: [...profileLibrary().values()],
    mapping: {
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      columns: pairs(options.map, '--map COLUMN=MEMBER', true),
      constants: pairs(options.set, '--set MEMBER=VALUE', false),
    },
  };
  const mapping = importer === 'csv' ? await mappingFor(source, read) : undefined;
  const items = importers[importer].read(source, { ...read, mapping: mapping ?? read.mapping });
  const title = importers[importer].title;
  if (options.preview) {
    const shown = await preview(items);
    reporter.done({ importer, mapping, ...shown.result }, [
      `${source.name}: ${title}`,
      ...mappingLines(mapping),
      ...shown.lines,
      'Nothing was sent.',
    ]);
    return;
  }
  const profiles = mapping ? [mapping.profile] : profilesOf(importer);
  const { keep, url } = await connect(options);
  for (const profile of profiles) {
    await keep.profiles.registerFromLibrary(profile);
    await ensureRights(keep, profile, ['create'], `To import ${title} files`);
  }
  await send(items, { options, source, title, mapping, keep, url, reporter });
}

interface Sending extends Pick<CommandContext, 'reporter'>, Awaited<ReturnType<typeof connect>> {
  readonly options: ImportOptions;
  readonly source: Source;
  readonly title: string;
  readonly mapping: CsvMapping | undefined;
}

async function send(items: AsyncIterable<ImportItem>, sending: Sending): Promise<void> {
  const { options, source, title, mapping, keep, url, reporter } = sending;
  const log = new ImportLog(options.report ?? `${reportOf(options.file ?? '')}.import.ndjson`, url, source.name);
  const tally = new Tally();
  const stop = new AbortController();
  const { signal } = stop;
  const end = (): void => {
    // It is noted, so that it can be taken back.
    process.stderr.write('\nWaiting for what is on its way. Again ends at once.\n');
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, end);
  try {
    await sendItems(items, {
      sink: keep.events,
      tally,
      note: (line) => log.add(line),
      onProgress: () => reporter.counted('events sent', tally.added + tally.known),
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new NotDone(`Interrupted: added ${counted(tally.added, 'event')}; the same command again adds the rest.`);
  } finally {
    log.close();
  }
  const { added, known, refused, refusals, notes } = tally;
  reporter.done({ importer: title, mapping, added, known, refused, refusals, notes, report: log.path }, [
    `${source.name}: ${title}`,
    ...mappingLines(mapping),
    `  ${count(added)} new, ${count(known)} known, ${count(refused)} refused`,
    ...tally.lines(),
    `  datakeep import --undo ${log.path} takes back what was added.`,
  ]);
}

async function preview(items: AsyncIterable<ImportItem>): Promise<{ result: object; lines: string[] }> {
  const { counts, rows, tally } = await previewOf(items, previewed);
  const { refused, refusals, notes } = tally;
  return {
    result: { counts, rows, refused, refusals, notes },
    lines: [
      ...rows.map((row) => `  ${JSON.stringify(row)}`),
      ...Object.entries(counts).map(([profile, number]) => `  ${counted(number, 'event')} of ${profile}`),
      `  ${count(refused)} refused`,
      ...tally.lines(),
    ],
  };
}

function mappingLines(mapping: CsvMapping | undefined): string[] {
  if (!mapping) return [];
  const columns = Object.entries(mapping.columns).map(([member, column]) => `--map '${column}=${member}'`);
  const constants = Object.entries(mapping.constants).map(([member, value]) => `--set '${member}=${value}'`);
  return [`  read as: --profile ${mapping.profile} ${[...columns, ...constants].join(' ')}`];
}

function profilesOf(name: ImporterName): readonly string[] {
  const importer = importers[name];
  return 'profiles' in importer ? importer.profiles : [];
}

function importerNamed(name: string): ImporterName {
  if (Object.hasOwn(importers, name)) return name as ImporterName;
  throw new WrongUse(`--from is one of ${Object.keys(importers).join(', ')}.`);
}

const reportOf = (file: string): string => (isAddress(file) ? 'activitywatch' : file);

/** Pairs by their member, which stands on the right of a mapping and on the left of a constant. */
function pairs(texts: readonly string[] = [], form: string, memberLast: boolean): Record<string, string> {
  return Object.fromEntries(
    texts.map((pair) => {
      const at = memberLast ? pair.lastIndexOf('=') : pair.indexOf('=');
      if (at < 1) throw new WrongUse(`${form}: ${pair} has no =.`);
      const [left, right] = [pair.slice(0, at), pair.slice(at + 1)];
      return memberLast ? [right, left] : [left, right];
    }),
  );
}

const count = (number: number): string => number.toLocaleString('en');
