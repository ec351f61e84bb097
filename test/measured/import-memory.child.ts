/** Reads the file as an import does, and prints how many events are in it and the most memory that it took. */
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { blobSource, importers, recognise } from '../../libs/importers/src/index.ts';

const [, , path = ''] = process.argv;
const source = blobSource(await openAsBlob(path), basename(path));
const counts: Record<string, number> = {};
for await (const item of importers[await recognise(source)].read(source, { profiles: [] })) {
  const name = item.kind === 'event' ? item.profile : item.kind;
  counts[name] = (counts[name] ?? 0) + 1;
}
const residentMB = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
process.stdout.write(JSON.stringify({ counts, residentMB }));
