import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { ZipWriter } from '@zip.js/zip.js';

const head = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST WorkoutEvent
  date CDATA #REQUIRED
  device CDATA #IMPLIED
<!ELEMENT WorkoutEvent EMPTY>
]>
<HealthData locale="en_GB">
`;
const begin = Date.UTC(2016, 0, 1);
const kinds = [
  ['QuantityTypeIdentifierHeartRate', 'count/min'],
  ['QuantityTypeIdentifierStepCount', 'count'],
  ['QuantityTypeIdentifierActiveEnergyBurned', 'kcal'],
  ['QuantityTypeIdentifierBodyMass', 'kg'],
] as const;

/** One measurement, as the phone writes it; a hundredth of them with a character that XML forbids. */
function recordAt(index: number): string {
  const [type, unit] = kinds[index % kinds.length]!;
  const time = new Date(begin + index * 7000).toISOString().slice(0, 19).replace('T', ' ');
  const watch = index % 100 === 0 ? 'Wat\u000bch' : 'Watch';
  // Packs as real ones do.
  const value = 50 + ((index * 7919) % 10_007) / 100;
  const address = (index * 2_654_435_761).toString(16);
  const device = `&lt;&lt;HKDevice: 0x${address}&gt;, name:Apple Watch, hardware:Watch6,2`;
  return (
    ` <Record type="HK${type}" sourceName="${watch}" sourceVersion="10.${index % 7}"` +
    ` device="${device}" unit="${unit}"` +
    ` creationDate="${time} +0100" startDate="${time} +0100" endDate="${time} +0100" value="${value}"/>\n`
  );
}

/** Writes an export of Apple Health of some bytes, packed, with the faults of real ones. Answers how many records. */
export async function writeHealthExport(path: string, bytes: number): Promise<number> {
  const encoder = new TextEncoder();
  let [records, written] = [0, 0];
  const xml = new ReadableStream<Uint8Array>({
    pull(controller) {
      let text = written === 0 ? head : '';
      for (let line = 0; line < 500; line += 1) text += recordAt(records++);
      const isLast = written + text.length >= bytes;
      const piece = encoder.encode(isLast ? `${text}</HealthData>\n` : text);
      written += piece.length;
      controller.enqueue(piece);
      if (isLast) controller.close();
    },
  });
  const zip = new ZipWriter(Writable.toWeb(createWriteStream(path)), { useWebWorkers: false });
  await zip.add('apple_health_export/export.xml', xml, { level: 1 });
  await zip.close();
  return records;
}
