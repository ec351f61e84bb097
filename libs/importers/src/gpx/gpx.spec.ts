import { describe, expect, test } from 'vitest';
import { ImportFault, type ImportItem } from '../importer.ts';
import { itemsOf, sourceOf } from '../testing.ts';
import { readGpx } from './gpx.ts';

const read = (text: string | Uint8Array): Promise<ImportItem[]> => itemsOf(readGpx(sourceOf(text)));
const track = (...points: readonly string[]): string =>
  [
    '<?xml version="1.0"?>',
    '<gpx><trk><name>Walk</name><type>walking</type><trkseg>',
    ...points,
    '</trkseg></trk></gpx>',
  ].join('\n');
const point = '<trkpt lat="52.5" lon="13.4"><ele>34</ele><time>2026-03-01T10:00:00Z</time><speed>1.4</speed></trkpt>';

describe('points of a GPX file', () => {
  test('are locations of the library, with track, height, speed and line', async () => {
    expect(await read(track(point))).toEqual([
      {
        kind: 'event',
        profile: 'library/location',
        identifier: expect.stringMatching(/^gpx:[\w-]{43}$/),
        createdDate: '2026-03-01T10:00:00.000Z',
        payload: {
          geometry: { type: 'Point', coordinates: [13.4, 52.5, 34] },
          speed: 1.4,
          track: 'Walk',
          activity: 'walking',
        },
        line: 3,
      },
    ]);
  });

  test('are read with prefixed tags, a byte order mark, and in the encoding that the file declares', async () => {
    const prefixed = track(point).replaceAll(/<(\/?)(gpx|trk|trkseg|trkpt)(?=[ >])/g, '<$1g:$2');
    expect(await read(`\uFEFF${prefixed}`)).toMatchObject([{ kind: 'event' }]);
    const latin = track(point).replace('?>', ' encoding="ISO-8859-1"?>').replace('Walk', 'Straße');
    expect(await read(Buffer.from(latin, 'latin1'))).toMatchObject([{ payload: { track: 'Straße' } }]);
    await expect(read(Buffer.from(track(point).replace('Walk', 'Straße'), 'latin1'))).rejects.toThrow(ImportFault);
  });

  test('have the speed of an extension where the point has one as well, and not the digits of both', async () => {
    const twice = point.replace('</trkpt>', '<extensions><a:speed>1.5</a:speed></extensions></trkpt>');
    expect(await read(track(twice))).toMatchObject([{ payload: { speed: 1.5 } }]);
  });

  test('have no half of a character where a text is cut', async () => {
    const [item] = await read(track(point).replace('Walk', `${'x'.repeat(499)}🐎`));
    expect(item).toMatchObject({ payload: { track: `${'x'.repeat(499)}\uFFFD` } });
  });

  test('without a time or a place on the earth are refused with their line', async () => {
    const items = await read(
      track(
        '<trkpt lat="52.5" lon="13.4"></trkpt>',
        '<trkpt lat="91" lon="13.4"><time>2026-03-01T10:00:00Z</time></trkpt>',
        '<trkpt lat="1" lon="2"><time>yesterday</time></trkpt>',
        point,
      ),
    );
    expect(items.map((item) => [item.kind, 'line' in item && item.line])).toEqual([
      ['refused', 3],
      ['refused', 4],
      ['refused', 5],
      ['event', 6],
    ]);
  });

  test('before the place where a file is cut or holds control characters are kept, and the fault told', async () => {
    const [first, ...faults] = await read(track(point).replace('</trkseg>', ''));
    expect(first).toMatchObject({ kind: 'event' });
    expect(faults).not.toHaveLength(0);
    expect(faults.every(({ kind }) => kind === 'refused')).toBe(true);
    const dirty = await read(track('<trkpt lat="1" lon="2">\u000b<time>2026-03-01T10:00:00Z</time></trkpt>', point));
    expect(dirty.filter(({ kind }) => kind === 'event')).toHaveLength(2);
  });

  test('are not multiplied by entities, which are not read', async () => {
    const bomb = `<!DOCTYPE g [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>${track(point).replace('Walk', '&b;')}`;
    const items = await read(bomb.replace('<?xml version="1.0"?>\n', ''));
    expect(items.some((item) => item.kind === 'refused' && item.reason.includes('entity'))).toBe(true);
  });

  test('have the same identifiers in any file', async () => {
    const [one] = await read(track(point));
    const [, other] = await read(track(point.replace('10:00', '09:00'), point));
    expect(one).toMatchObject({ identifier: (other as { readonly identifier: string }).identifier });
  });

  test('are given up where megabytes come without a tag', async () => {
    const source = sourceOf(`<gpx>${'a'.repeat(17 * 1024 * 1024)}`, 'sample', 1024 * 1024);
    await expect(itemsOf(readGpx(source))).rejects.toThrow('16 MiB');
  });
});
