import {
  type FitRawField,
  type FitRawMessage,
  fitTimestampToUnixMilliseconds,
  readFitMessages,
} from 'fit-file-parser/raw';
import { exercisePoint } from '../exercise-point.ts';
import { ImportFault, type ImportItem, type Source } from '../importer.ts';
import { isoOf } from '../instant.ts';

/**
 * A recording of 14 hours at one point a second. The parser holds all of a file: one of 2 MiB takes some 100 MB, and
 * one that is made to harm 650 MB.
 */
const mostBytes = 2 * 1024 * 1024;
/** The message of one moment, and its fields, by their numbers in the FIT profile. */
const record = 20;
const fields = {
  latitude: 0,
  longitude: 1,
  altitude: 2,
  heartRate: 3,
  speed: 6,
  enhancedSpeed: 73,
  enhancedAltitude: 78,
} as const;

/** Points of a FIT file and their heart rates, of a recording indoors these alone. Its messages count as lines. */
export async function* readFit(source: Source): AsyncGenerator<ImportItem, void, undefined> {
  const bytes = await wholeOf(source);
  let messages: FitRawMessage[];
  try {
    ({ messages } = readFitMessages(bytes, { messageNumbers: [record] }));
  } catch (error) {
    const why = error instanceof Error ? error.message.replaceAll('_', ' ') : String(error);
    throw new ImportFault(`${source.name} is no FIT file, or was cut: ${why}.`, { cause: error });
  }
  for (const message of messages) yield* pointOf(message);
}

async function wholeOf(source: Source): Promise<Uint8Array> {
  const bytes = new Uint8Array(mostBytes);
  let length = 0;
  for await (const part of source.bytes()) {
    if (length + part.length > mostBytes) throw new ImportFault(`${source.name} has more than 2 MiB, the most of FIT.`);
    bytes.set(part, length);
    length += part.length;
  }
  return bytes.subarray(0, length);
}

function pointOf(message: FitRawMessage): readonly ImportItem[] {
  const value = (name: keyof typeof fields): number | undefined => {
    const field = message.fields.find(({ fieldNumber }) => fieldNumber === fields[name]);
    return field && numberIn(field, message.littleEndian);
  };
  const scaled = (from: number | undefined, scale: number, offset: number): number | undefined =>
    from === undefined ? undefined : Number((from / scale - offset).toFixed(3));
  const { timestamp } = message;
  const [latitude, longitude] = [degrees(value('latitude')), degrees(value('longitude'))];
  return exercisePoint({
    line: message.messageIndex + 1,
    time: timestamp === undefined ? undefined : isoOf(fitTimestampToUnixMilliseconds(timestamp)),
    latitude,
    longitude,
    elevation: scaled(value('enhancedAltitude') ?? value('altitude'), 5, 500),
    speed: scaled(value('enhancedSpeed') ?? value('speed'), 1000, 0),
    heartRate: value('heartRate'),
    placeless: latitude === undefined && longitude === undefined,
  });
}

/** Semicircles; to seven digits, as Strava's GPX has them. */
const degrees = (semicircles: number | undefined): number | undefined =>
  semicircles === undefined ? undefined : Number(((semicircles * 180) / 2 ** 31).toFixed(7));

/** By the base type; undefined for the one value of each that means that nothing was measured. */
function numberIn({ bytes, baseType, size }: FitRawField, littleEndian: boolean): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = baseType & 0x1f;
  const known = (number: number, absent: number): number | undefined => (number === absent ? undefined : number);
  if (size === 1 && (type === 0 || type === 2 || type === 13)) return known(view.getUint8(0), 0xff);
  if (size === 2 && type === 4) return known(view.getUint16(0, littleEndian), 0xffff);
  if (size === 4 && type === 5) return known(view.getInt32(0, littleEndian), 0x7fffffff);
  if (size === 4 && type === 6) return known(view.getUint32(0, littleEndian), 0xffffffff);
  return undefined;
}
