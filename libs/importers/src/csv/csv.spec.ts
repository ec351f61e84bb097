import { describe, expect, test } from 'vitest';
import type { ImportItem } from '../importer.ts';
import { recognise } from '../importers.ts';
import { itemsOf, sourceOf, zipOf } from '../testing.ts';
import { mappingFor, readCsv, type CsvOptions } from './csv.ts';

const number = { type: 'number' };
const string = { type: 'string' };
const transaction = {
  name: 'library/transaction',
  schema: {
    properties: { amount: number, currency: string, counterparty: string, valueDate: { ...string, format: 'date' } },
    required: ['amount', 'currency'],
  },
};
const location = {
  name: 'library/location',
  schema: { properties: { geometry: { type: 'object' }, name: string }, required: ['geometry'] },
};
const profiles = [transaction, location];

const read = (text: string | Uint8Array, options: Partial<CsvOptions> = {}): Promise<ImportItem[]> =>
  itemsOf(readCsv(sourceOf(text), { profiles, ...options }));
const idOf = (item: ImportItem | undefined): string | undefined =>
  item?.kind === 'event' ? item.identifier : undefined;

describe('rows of a table', () => {
  test('are events of the profile whose members the columns are named as', async () => {
    const text = 'Date,Amount,Currency,Payee\n2026-03-01,-12.40,EUR,"Baker, Main Street"\n';
    expect(await mappingFor(sourceOf(text), { profiles })).toEqual({
      profile: 'library/transaction',
      columns: { createdDate: 'Date', amount: 'Amount', currency: 'Currency', counterparty: 'Payee' },
      constants: {},
    });
    expect(await read(text)).toEqual([
      {
        kind: 'event',
        profile: 'library/transaction',
        identifier: expect.stringMatching(/^csv:/),
        createdDate: '2026-03-01T00:00:00.000Z',
        payload: { amount: -12.4, currency: 'EUR', counterparty: 'Baker, Main Street' },
        line: 2,
      },
    ]);
  });

  test('are read as banks write them: semicolons, days first, decimal commas, another encoding', async () => {
    const text = 'Buchungstag;Betrag;Empfänger\n01.03.26;-1.234,50;Bäcker\n';
    const items = await read(Buffer.from(text, 'latin1'), {
      encoding: 'windows-1252',
      dates: 'dmy',
      decimal: ',',
      mapping: {
        profile: 'library/transaction',
        columns: { counterparty: 'Empfänger' },
        constants: { currency: 'EUR' },
      },
    });
    expect(items).toMatchObject([
      {
        createdDate: '2026-03-01T00:00:00.000Z',
        payload: { amount: -1234.5, currency: 'EUR', counterparty: 'Bäcker' },
      },
    ]);
    await expect(read(Buffer.from(text, 'latin1'))).rejects.toThrow('utf-8');
  });

  test('with latitude and longitude are places', async () => {
    const items = await read('time\tlat\tlng\tname\n2026-03-01T10:00:00+01:00\t52.5\t13.4\tHome\n');
    expect(items).toMatchObject([
      {
        createdDate: '2026-03-01T09:00:00.000Z',
        payload: { geometry: { type: 'Point', coordinates: [13.4, 52.5] }, name: 'Home' },
      },
    ]);
  });

  test('that cannot be read are refused with line and reason, and the others kept', async () => {
    const items = await read(
      'date,amount,currency\n2026-02-30,1,EUR\n2026-03-01,much,EUR\n2026-03-01,1\n' +
        ',1,EUR\n"2026-03-01",1,"E\nUR"\n2026-03-02,2,EUR\n',
    );
    expect(items.map((item) => [item.kind, 'line' in item && item.line])).toEqual([
      ['refused', 2],
      ['refused', 3],
      ['refused', 4],
      ['refused', 5],
      ['event', 6],
      ['event', 8],
    ]);
    expect(items[1]).toMatchObject({ reason: expect.stringContaining('amount') });
  });

  test('are the same in another file, and two equal ones in a row are two', async () => {
    const row = '2026-03-01,1,EUR\n';
    const twice = await read(`date,amount,currency\n${row}${row}`);
    const later = await read(`date,amount,currency\n2026-02-01,5,EUR\n${row}${row}`);
    expect(new Set(twice.map(idOf)).size).toBe(2);
    expect(later.slice(1).map(idOf)).toEqual(twice.map(idOf));
  });

  test('of columns that fit no profile are not guessed: it says what to give', async () => {
    await expect(read('a,b\n1,2\n')).rejects.toThrow('--profile');
    await expect(read('date,amount\n1,2\n', { mapping: { profile: 'library/transaction' } })).rejects.toThrow(
      '--set MEMBER=VALUE for currency',
    );
    await expect(read('date,amount\n1,2\n', { mapping: { columns: { amount: 'sum' } } })).rejects.toThrow(
      'no column sum',
    );
    await expect(read('')).rejects.toThrow('empty');
  });

  test('may be no larger than 1 MiB', async () => {
    const source = sourceOf(`date,amount,currency\n2026-03-01,1,"${'a'.repeat(2_000_000)}`, 'sample', 65_536);
    await expect(itemsOf(readCsv(source, { profiles }))).rejects.toThrow('line 2');
  });
});

describe('a file', () => {
  test.each([
    ['gpx', '\uFEFF<?xml version="1.0"?><gpx>'],
    ['icalendar', 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n'],
    ['csv', 'date;amount\n'],
  ])('is recognised by what is in it: %s', async (name, text) => {
    expect(await recognise(sourceOf(text))).toBe(name);
  });

  test.each([
    ['a page', '<html><body>a,b'],
    ['an archive', zipOf([{ name: 'notes.txt', content: 'a,b' }])],
    ['nothing', ''],
  ])('of another kind is refused: %s', async (_name, content) => {
    await expect(recognise(sourceOf(content))).rejects.toThrow('GPX, iCalendar, ');
  });
});
