import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type AppClient, type KeepEvent, type Page as EventPage } from '../support/keep-client.ts';
import {
  axeFindings,
  confirmSession,
  hasBrowser,
  openControlCentre,
  password,
  screenshotFailures,
  signIn,
  type Opened,
} from './support.ts';

/** What functions that run in the page use of the browser's private file system. */
interface PageNavigator {
  readonly storage: { getDirectory(): Promise<PrivateDirectory> };
}
interface PrivateDirectory extends AsyncIterable<[string, { getFile(): Promise<Blob> }]> {
  getFileHandle(name: string, options: { create: boolean }): Promise<unknown>;
}

const walks = 'walk.example/track';
const walkSchema = {
  title: 'Walks',
  type: 'object',
  additionalProperties: false,
  required: ['activity', 'place'],
  properties: {
    activity: { type: 'string', enum: ['walking', 'running', 'cycling'] },
    place: {
      type: 'object',
      properties: { city: { type: 'string' }, latitude: { type: 'number' }, longitude: { type: 'number' } },
    },
    distance: { type: 'number' },
    note: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
  },
};
const activities = ['walking', 'running', 'cycling'];
const cities = ['Brno', 'Praha', 'Ostrava'];
const notes = [
  '=HYPERLINK("http://evil.example")',
  'said "hello", and left',
  'two\nlines',
  '<img src=x onerror=alert(1)>',
];

/** 120 walks, one an hour from the first of March on; a third each is walked, run, ridden. */
const walk = (index: number) => ({
  metadata: {
    profile: walks,
    createdDate: new Date(Date.UTC(2026, 2, 1) + index * 3_600_000).toISOString(),
    identifier: `walk-${index}`,
  },
  payload: {
    activity: activities[index % 3]!,
    place: { city: cities[index % 3]!, latitude: 49 + (index % 10) / 10, longitude: 14 + (index % 7) / 2 },
    distance: index,
    ...(index < notes.length ? { note: notes[index]! } : {}),
  },
});

const hostile = 'hostile/\u202E<b>profile</b>';
const big = 'big/event';

describe.runIf(hasBrowser)('the data in the Control Centre', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  let app: AppClient;
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-browser-data-'));
  const dialogs: string[] = [];

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    app = await admin.connectApp('Trip planner');
    await app.registerProfile(walks, walkSchema);
    await admin.grant(app, walks, ['read', 'create', 'modify']);
    await app.sendEvents(Array.from({ length: 120 }, (_, index) => walk(index)));
    // A name like this comes in by an import alone.
    const schema = {
      title: `\u202E<script>alert(1)</script>${'T'.repeat(9000)}`,
      type: 'object',
      properties: { '<img src=x onerror=alert(1)>': { type: 'string' } },
    };
    await admin.ask('POST', '/admin/v1/events/import', {
      body: `${JSON.stringify({ profile: { name: hostile, schema } })}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    await admin.grant(app, hostile, ['create']);
    await app.sendEvents([
      {
        metadata: { profile: hostile, identifier: '\u200B<b>id</b>' },
        payload: { '<img src=x onerror=alert(1)>': `<script>alert(1)</script>\u202E${'x'.repeat(10_000)}` },
      },
    ]);
    await app.registerProfile(big, {
      type: 'object',
      properties: { name: { type: 'string' }, blob: { type: 'string' } },
    });
    await admin.grant(app, big, ['create']);
    await app.sendEvents([
      { metadata: { profile: big }, payload: { name: 'large', blob: 'x'.repeat(1024 * 1024 - 100) } },
    ]);
    // Without the picker, which no test can answer, the browser downloads.
    await opened.context.addInitScript(() => Reflect.deleteProperty(globalThis, 'showSaveFilePicker'));
    await signIn(page, opened.keep.url);
  });
  screenshotFailures(() => page);
  afterAll(async () => {
    await opened.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (profile: string, search = ''): Promise<void> => {
    await page.goto(`${opened.keep.url}/data/${encodeURIComponent(profile)}${search}`);
    await page.getByRole('tab', { name: 'Events' }).waitFor();
  };
  const filtered = (filter: object): string => `?filter=${encodeURIComponent(JSON.stringify(filter))}`;
  const rows = (): Locator => page.getByRole('button', { name: /^Open the event/ });
  const choose = async (field: Locator, option: string): Promise<void> => {
    await field.click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const stored = (filter: object): Promise<EventPage<KeepEvent>> =>
    admin.ask('POST', '/admin/v1/events/query?count=true', { body: { profile: walks, filter, limit: 1 } });

  it('lists the profiles with what there is of them and who may do what', async () => {
    await page
      .getByRole('navigation', { name: 'Pages', exact: true })
      .getByRole('link', { name: 'Data', exact: true })
      .click();
    const row = page.getByRole('row', { name: /Walks/ });
    await row.getByText('120', { exact: true }).waitFor();
    await row.getByText('Trip planner').waitFor();
    await expect.poll(() => row.textContent()).toContain('read, add, change');
    expect(await axeFindings(page)).toEqual([]);
    await row.getByRole('link', { name: 'Walks' }).click();
    await page.getByRole('heading', { level: 1, name: 'Walks' }).waitFor();
    await page.getByText('Events 1 to 50 of 120').waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('pages by cursor and sorts by a column', async () => {
    await open(walks);
    await page.getByText('Events 1 to 50 of 120').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Events 51 to 100 of 120').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Events 101 to 120 of 120').waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByText('Events 51 to 100 of 120').waitFor();
    await page.getByRole('columnheader', { name: 'distance' }).getByRole('button').click();
    await page.getByText('Events 1 to 50 of 120').waitFor();
    await expect
      .poll(() => page.getByRole('columnheader', { name: 'distance' }).getAttribute('aria-sort'))
      .toBe('ascending');
    await expect.poll(() => page.getByRole('table').getByRole('row').nth(1).textContent()).toContain('walking');
    await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toContain('payload.distance');
  });

  it('filters by a form, which says the same as the JSON beside it', async () => {
    await open(walks);
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await choose(page.getByRole('combobox', { name: 'Value of condition 1' }), 'running');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await choose(page.getByRole('combobox', { name: 'Field of condition 2' }), 'distance');
    await choose(page.getByRole('combobox', { name: 'Operator of condition 2' }), 'is more than');
    await page.getByLabel('Value of condition 2').fill('ninety');
    await page.getByRole('button', { name: 'Show these events' }).click();
    await page.getByText('Type a number.').waitFor();
    await page.getByLabel('Value of condition 2').fill('90');
    await page.getByRole('switch', { name: 'Show the query as JSON' }).click();
    await expect.poll(() => page.getByLabel('Query', { exact: true }).textContent()).toContain('"gt": 90');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show these events' }).click();
    await page.getByText('Events 1 to 10', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Count all that match' }).click();
    await page.getByText('Events 1 to 10 of 10').waitFor();
    await page.getByRole('button', { name: 'How were these found?' }).click();
    await page
      .getByText(/The index events_by_created served this query\. \d+ events were looked at to find 10/)
      .waitFor();
    // The address says it all.
    await page.reload();
    await page.getByText('Events 1 to 10', { exact: true }).waitFor();
    await expect.poll(() => page.getByLabel('Value of condition 2').inputValue()).toBe('90');
  });

  it('turns JSON back into the form, and leaves to the JSON what the form cannot say', async () => {
    await open(walks);
    await page.getByRole('switch', { name: 'Show the query as JSON' }).click();
    const query = page.getByLabel('Query', { exact: true });
    const write = async (text: string): Promise<void> => {
      await query.click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(text);
    };
    await write(
      JSON.stringify({
        profile: walks,
        filter: { or: [{ 'payload.place.city': 'Brno' }, { 'payload.distance': { lt: 3 } }] },
      }),
    );
    await page.getByRole('group', { name: 'Condition 2' }).waitFor();
    await expect
      .poll(() => page.getByRole('combobox', { name: 'Field of condition 1' }).inputValue())
      .toBe('place.city');
    await expect.poll(() => page.getByLabel('Value of condition 2').inputValue()).toBe('3');

    await write(JSON.stringify({ profile: walks, filter: { not: { 'payload.place.city': 'Brno' } } }, undefined, 2));
    await page.getByText('The form cannot say this filter').waitFor();
    await page.getByRole('button', { name: 'Show these events' }).click();
    await page.getByRole('button', { name: 'Count all that match' }).click();
    await page.getByText('Events 1 to 50 of 80').waitFor();
    // As it was written: the page's own text has a limit.
    await page.getByText('Not in force yet.').waitFor({ state: 'hidden' });
    await expect.poll(() => query.textContent()).not.toContain('limit');
    await write(
      JSON.stringify({ profile: walks, filter: { 'payload.distance': 1 } }).replace(':1}', ': 9007199254740993}'),
    );
    await page.getByText(/Line 1: An IEEE double cannot hold 9007199254740993 exactly/).waitFor();

    await write('{\n  "profile": ');
    await page.getByText('This cannot be used yet.').waitFor();
    await write(`{\n  "profile": "${walks}",\n  "filter": {\n    "payload.distance": { "lt": true }\n  }\n}`);
    await page.getByRole('button', { name: 'Show these events' }).click();
    await page.getByText(/Line 4: .*`lt` takes a number, a string or a date/).waitFor();
    await expect.poll(() => query.textContent()).toContain('true');
  });

  it('shows an event in words and as JSON, and saves a change against its version', async () => {
    await open(walks, filtered({ 'payload.distance': 119 }));
    await rows().first().click();
    const dialog = page.getByRole('dialog', { name: 'Event', exact: true });
    await dialog
      .getByText(/sent this event\. It is dated .* It has not been changed since\. The app calls it walk-119\./)
      .waitFor();
    await expect.poll(() => dialog.getByLabel('Payload', { exact: true }).textContent()).toContain('"city": "Ostrava"');
    expect(await axeFindings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Edit' }).click();
    const payload = dialog.getByLabel('Payload', { exact: true });
    const write = async (text: string): Promise<void> => {
      await payload.click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(text);
    };

    await write('{\n  "activity": "walking",\n  "place": {\n    "latitude": "north"\n  }\n}');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/Line 4: .*place\/latitude/).waitFor();
    // Escape does not lose what was typed.
    await page.keyboard.press('Escape');
    await expect.poll(() => payload.textContent()).toContain('north');

    const { items } = await stored({ 'payload.distance': 119 });
    await app.ask('PUT', `/app/v1/events/${items[0]!.id}`, {
      headers: { 'if-match': '*' },
      body: { payload: { ...walk(119).payload, note: 'by the app' } },
    });
    await write('{ "activity": "walking", "place": {}, "distance": 119, "note": "by me" }');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('This event was changed while you wrote').waitFor();
    await expect
      .poll(() => dialog.getByLabel('What it is now, and what you wrote').textContent())
      .toContain('by the app');
    await dialog.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByText('The event is changed.').waitFor();
    await dialog.getByText(/It has been changed 2 times, last by you\./).waitFor();
    expect((await stored({ 'payload.note': 'by me' })).count).toBe(1);
  });

  it('deletes an event once one has confirmed it', async () => {
    await open(walks, filtered({ 'payload.distance': 118 }));
    await rows().first().click();
    await page.getByRole('dialog', { name: 'Event', exact: true }).getByRole('button', { name: 'Delete' }).click();
    const confirm = page.getByRole('dialog', { name: 'Delete this event?' });
    await confirm.getByRole('button', { name: 'Cancel' }).click();
    expect((await stored({ 'payload.distance': 118 })).count).toBe(1);
    await page.getByRole('dialog', { name: 'Event', exact: true }).getByRole('button', { name: 'Delete' }).click();
    await confirm.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No event matches').waitFor();
    expect((await stored({ 'payload.distance': 118 })).count).toBe(0);
  });

  it('draws what the events come to, over time and by a field, with the same as a table', async () => {
    await open(walks, '?tab=chart');
    await page.getByRole('img', { name: /^Events by hour\. / }).waitFor();
    await choose(page.getByRole('combobox', { name: 'Each' }), 'day');
    await page.getByRole('img', { name: /^Events by day\. \d values/ }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show “Events by day” as a table' }).click();
    await page.getByRole('cell', { name: '24', exact: true }).first().waitFor();
    await choose(page.getByRole('combobox', { name: 'By', exact: true }), 'place.city');
    await choose(page.getByRole('combobox', { name: 'Measure' }), 'Greatest');
    await choose(page.getByRole('combobox', { name: 'Of' }), 'distance');
    const ostrava = page.getByRole('row', { name: /Ostrava/ });
    await ostrava.getByRole('cell', { name: '116', exact: true }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('draws the places of events as points, with the same as a table', async () => {
    await open(walks);
    await page.getByRole('tab', { name: 'Places' }).click();
    await page.getByRole('img', { name: /^118 places drawn as points; the scale is \d+ km\./ }).waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'As a table' }).click();
    await page.getByText('Page 1 of 3').waitFor();
    await page.getByRole('cell', { name: /° N$/ }).first().waitFor();
    await rows().first().click();
    await page
      .getByRole('dialog', { name: 'Event', exact: true })
      .getByText(/sent this event/)
      .waitFor();
  });

  it('shows who may do what, and the schema', async () => {
    await open(walks);
    await page.getByRole('tab', { name: 'Who may' }).click();
    const row = page.getByRole('row', { name: /Trip planner/ });
    await expect.poll(() => row.getByRole('cell').allTextContents()).toEqual(expect.arrayContaining(['✓ yes', '–']));
    await row.getByRole('link', { name: 'Open' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Schema' }).click();
    await expect
      .poll(() => page.getByLabel('Schema', { exact: true }).last().textContent())
      .toContain('"additionalProperties": false');
    expect(await axeFindings(page)).toEqual([]);
    await expect.poll(() => page.getByRole('button', { name: 'Delete the profile' }).isDisabled()).toBe(true);
  });

  const exported = async (format: RegExp): Promise<string> => {
    await confirmSession(page);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Export events' });
    await dialog.getByText(/^\d+ events? that the filter leaves/).waitFor();
    await dialog.getByRole('radio', { name: format }).check();
    const download: Promise<Download> = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export' }).click();
    const file = join(folder, (await download).suggestedFilename());
    await (await download).saveAs(file);
    return file;
  };

  it('exports what is filtered as NDJSON, exact, and as CSV that no spreadsheet runs', async () => {
    await open(walks, filtered({ 'payload.distance': { lt: 4 } }));
    const ndjson = await exported(/NDJSON/);
    expect(ndjson).toMatch(/walk\.example-track-\d{4}-\d\d-\d\d\.ndjson$/);
    const lines = readFileSync(ndjson, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Partial<KeepEvent> & { summary?: unknown });
    expect(lines.map(({ payload }) => (payload as { note?: string } | undefined)?.note)).toEqual([
      undefined,
      ...notes,
      undefined,
    ]);
    expect(lines.at(-1)?.summary).toEqual({ profiles: 1, events: 4 });
    await page.getByText('4 events,').first().waitFor();

    const csv = rowsOf(readFileSync(await exported(/CSV/), 'utf8'));
    const note = csv[0]!.indexOf('note');
    expect(csv).toHaveLength(5);
    expect(csv.map((row) => row[note])).toEqual(['note', `'${notes[0]}`, ...notes.slice(1)]);
    expect(csv[1]!.slice(3, 6)).toEqual(['Trip planner', app.appId, 'walk-0']);
  });

  it('writes an export where the owner chose, and nothing where it is cancelled', async () => {
    await page.addInitScript(() => {
      const folderOf = (navigator as unknown as PageNavigator).storage.getDirectory();
      Object.assign(globalThis, {
        showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) =>
          (await folderOf).getFileHandle(suggestedName, { create: true }),
      });
    });
    const written = (): Promise<string> =>
      page.evaluate(async () => {
        let text = '';
        for await (const [, handle] of await (navigator as unknown as PageNavigator).storage.getDirectory())
          text += await (await handle.getFile()).text();
        return text;
      });
    await open(walks);
    const begin = async (): Promise<void> => {
      await confirmSession(page);
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      await page.getByRole('dialog', { name: 'Export events' }).getByRole('button', { name: 'Export' }).click();
    };
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      void page.route('**/admin/v1/events/export', async (route) => {
        resolve();
        await new Promise<void>((go) => (answer = go));
        await route.continue().catch(() => undefined);
      });
    });
    await begin();
    await asked;
    await page.getByRole('button', { name: 'Cancel the export' }).click();
    await page.getByText('The export was cancelled').waitFor();
    answer();
    await expect.poll(written).toBe('');
    await page.unroute('**/admin/v1/events/export');

    await begin();
    await page.getByText(/is exported$/).waitFor();
    expect((await written()).trimEnd().split('\n')).toHaveLength(121);
  });

  it('imports a file, names the faulty line, and goes on where it was cancelled', async () => {
    const source = readFileSync(await walksWithout(5), 'utf8');
    await page.getByRole('link', { name: 'Data', exact: true }).first().click();
    await page.getByRole('link', { name: 'Import an export' }).click();
    await page.getByRole('heading', { level: 1, name: 'Import an export' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);

    const faulty = join(folder, 'faulty.ndjson');
    const lines = source.split('\n');
    writeFileSync(
      faulty,
      [...lines.slice(0, 2), lines[2]!.replace('"distance":2', '"distance":"far"'), ...lines.slice(3)].join('\n'),
    );
    await importFile(faulty);
    await page.getByText('The import of faulty.ndjson stopped').waitFor();
    await page.getByText('Line 3', { exact: true }).waitFor();
    const stopped = page.getByRole('alert', { name: 'The import of faulty.ndjson stopped' });
    await expect.poll(() => stopped.textContent()).toContain('/payload/distance');
    await expect.poll(() => stopped.textContent()).toContain('"distance":"far"');
    expect(await axeFindings(page)).toEqual([]);

    const whole = join(folder, 'whole.ndjson');
    writeFileSync(whole, source);
    await importFile(whole);
    await page.getByText('whole.ndjson is imported').waitFor();
    await page.getByText(/^3 events stored\. 2 events were there already\./).waitFor();
    expect((await stored({ 'payload.distance': { lt: 5 } })).count).toBe(5);
  });

  it('cancels an import between two slices, and goes on from there', async () => {
    // Two slices of more than 1 MiB, one after the other.
    const text = 'x'.repeat(20_000);
    const long = Array.from({ length: 110 }, (_, index) => ({
      id: index.toString(16).padStart(24, 'a'),
      metadata: {
        profile: big,
        source: app.appId,
        createdDate: '2026-01-01T00:00:00.000Z',
        acceptedDate: '2026-01-01T00:00:00.000Z',
        version: 1,
      },
      payload: { name: `${index}`, blob: text },
    }));
    const file = join(folder, 'long.ndjson');
    writeFileSync(file, long.map((event) => `${JSON.stringify(event)}\n`).join(''));
    let requests = 0;
    await page.route('**/admin/v1/events/import', async (route) => {
      requests += 1;
      if (requests === 2) await page.getByRole('button', { name: 'Cancel the import' }).click();
      await route.continue().catch(() => undefined);
    });
    await importFile(file);
    await page.getByText('The import of long.ndjson was cancelled').waitFor();
    await page.unroute('**/admin/v1/events/import');
    await page.getByRole('button', { name: /^Go on from line \d\d$/ }).click();
    await page.getByText('long.ndjson is imported').waitFor();
    const { count } = await admin.ask<EventPage<KeepEvent>>('POST', '/admin/v1/events/query?count=true', {
      body: { profile: big, filter: {}, fields: [] },
    });
    expect(count).toBe(111);
  });

  it('imports lines that are longer than a slice, each whole', async () => {
    const eventOf = (letter: string, blob: string): string =>
      JSON.stringify({
        id: letter.repeat(24),
        metadata: {
          profile: big,
          source: app.appId,
          createdDate: '2026-01-02T00:00:00.000Z',
          acceptedDate: '2026-01-02T00:00:00.000Z',
          version: 1,
        },
        payload: { name: 'long line', blob },
      });
    const escaped = String.raw`\u0078`.repeat(1.5 * 1024 * 1024);
    const file = join(folder, 'lines.ndjson');
    writeFileSync(
      file,
      [
        eventOf('b', 'x'.repeat(4 * 1024 * 1024 - 100)),
        eventOf('c', 'short'),
        eventOf('d', '').replace('"blob":""', `"blob":"${escaped}"`),
        eventOf('e', 'short'),
      ].join('\n'),
    );
    await page.goto(`${opened.keep.url}/data/import/events`);
    await importFile(file);
    await page.getByText(/^(4 events stored\.|What stands before it)/).waitFor();
    const filter = { 'payload.name': 'long line' };
    const { count } = await admin.ask<EventPage<KeepEvent>>('POST', '/admin/v1/events/query?count=true', {
      body: { profile: big, filter, fields: [] },
    });
    expect(count).toBe(4);
    for (const letter of 'bcde') await admin.ask('DELETE', `/admin/v1/events/${letter.repeat(24)}`);
  });

  it('draws only what is in sight of a payload of 1 MiB', async () => {
    await open(big, filtered({ 'payload.name': 'large' }));
    await rows().first().click();
    const payload = page.getByRole('dialog', { name: 'Event', exact: true }).getByLabel('Payload', { exact: true });
    await expect.poll(() => payload.textContent()).toContain('"name": "large"');
    await expect.poll(async () => (await payload.textContent())!.length).toBeLessThan(50_000);
  });

  it('shows what an app made up as text, with what cannot be seen made visible', async () => {
    await open(hostile);
    await page.getByText('Events 1 to 1 of 1').waitFor();
    await expect
      .poll(() => page.getByRole('heading', { level: 1 }).textContent())
      .toMatch(/^⟨U\+202E⟩<script>alert\(1\)<\/script>T+…$/);
    await page.getByText('hostile/⟨U+202E⟩<b>profile</b>').first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await rows().first().click();
    await page.getByText('⟨U+200B⟩<b>id</b>').waitFor();
    const payload = page.getByRole('dialog', { name: 'Event', exact: true }).getByLabel('Payload', { exact: true });
    await expect.poll(() => payload.textContent()).toContain('<script>alert(1)</script>');
    // CodeMirror encloses its own marks of characters in images without a source.
    const madeUp = page.locator('img:not(.cm-widgetBuffer:not([src])), b, script:not([src])');
    await expect.poll(() => madeUp.count()).toBe(0);
    expect(dialogs).toEqual([]);
  });

  it('registers a profile, and deletes it while it has no events', async () => {
    await page.goto(`${opened.keep.url}/data`);
    await page.getByRole('button', { name: 'New profile' }).click();
    const dialog = page.getByRole('dialog', { name: 'New profile' });
    await dialog.getByLabel('Name').fill('own/notes');
    const schema = dialog.getByLabel('Schema (JSON Schema)', { exact: true }).last();
    await schema.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText('{\n  "title": "Notes",\n  "type": "objekt"\n}');
    await dialog.getByRole('button', { name: 'Register' }).click();
    await dialog.getByText(/^Line 1: The schema is not a 2020-12 schema/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await schema.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText('{ "title": "Notes", "type": "object" }');
    await dialog.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('link', { name: 'Notes' }).click();
    await page.getByText('No events yet').waitFor();
    await page.getByRole('tab', { name: 'Schema' }).click();
    await page.getByRole('button', { name: 'Delete the profile' }).click();
    await page.getByRole('dialog', { name: 'Delete this profile?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Data' }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Notes' }).count()).toBe(0);
  });

  it('complained of nothing all the while', () => {
    expect(opened.complaints).toEqual([]);
  });

  async function importFile(file: string): Promise<void> {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    await (await chooser).setFiles(file);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
  }

  /** Exports the first walks, and deletes them. */
  async function walksWithout(count: number): Promise<string> {
    const filter = { 'payload.distance': { lt: count } };
    const { items } = await admin.ask<EventPage<KeepEvent>>('POST', '/admin/v1/events/query', {
      body: { profile: walks, filter },
    });
    const file = join(folder, 'first.ndjson');
    writeFileSync(file, items.map((event) => `${JSON.stringify(event)}\n`).join(''));
    for (const { id } of items) await admin.ask('DELETE', `/admin/v1/events/${id}`);
    return file;
  }
});

/** The cells of a CSV by RFC 4180. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text
    .replace(/^\uFEFF/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
