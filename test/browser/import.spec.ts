import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipOf } from '@datakeep/importers/testing';
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminClient, type Page as ListPage, type Permission } from '../support/keep-client.ts';
import { keyboardOf } from './keyboard.ts';
import {
  axeFindings,
  hasBrowser,
  type Opened,
  openControlCentre,
  openSection,
  password,
  screenshotFailures,
  signIn,
} from './support.ts';

const pointOf = (index: number): string => {
  const time = new Date(Date.UTC(2026, 2, 1) + index * 1000).toISOString();
  return `<trkpt lat="52.5" lon="${(13 + index / 100_000).toFixed(5)}"><time>${time}</time></trkpt>\n`;
};
function gpxOf(count: number, first = 0): string {
  const points = Array.from({ length: count }, (_, index) => pointOf(first + index)).join('');
  return `<gpx><trk><name>Walk</name><trkseg>\n${points}<trkpt lat="1" lon="2"></trkpt></trkseg></trk></gpx>`;
}

describe.runIf(hasBrowser)('the page that imports files', () => {
  let opened: Opened;
  let page: Page;
  let admin: AdminClient;
  const folder = mkdtempSync(join(tmpdir(), 'datakeep-browser-import-'));

  beforeAll(async () => {
    opened = await openControlCentre();
    page = opened.page;
    admin = await AdminClient.signIn(opened.keep.url, 'admin', password);
    await signIn(page, opened.keep.url);
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(folder, { recursive: true });
  });
  screenshotFailures(() => page);
  beforeEach(async () => {
    await page.goto(`${opened.keep.url}/import`);
    await page.getByRole('heading', { level: 1, name: 'Import' }).waitFor();
  });

  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const choose = (path: string): Promise<void> => page.locator('input[type=file]').setInputFiles(path);
  const press = (name: string | RegExp): Promise<void> =>
    page.getByRole('main').getByRole('button', { name, exact: true }).first().click();
  const main = () => page.getByRole('main');
  const shows = (text: string): Promise<void> => expect.poll(() => main().textContent()).toContain(text);
  const stored = async (profile: string): Promise<number> => {
    const body = { profile, measures: { count: { op: 'count' } } };
    const { groups } = await admin.ask<{ groups: { count: number }[] }>('POST', '/admin/v1/events/aggregate', { body });
    return groups[0]?.count ?? 0;
  };
  const outcome = async (): Promise<string[]> => {
    await page.getByRole('heading', { name: /is imported$/ }).waitFor({ timeout: 120_000 });
    return main().getByRole('listitem').allTextContents();
  };
  const granted = async (path: string): Promise<void> => {
    await choose(path);
    await press('Import');
    await press(/^Allow/);
  };
  const permissionsOf = async (profile: string): Promise<readonly Permission[]> => {
    const { items } = await admin.ask<ListPage<Permission>>('GET', '/admin/v1/permissions?limit=200');
    return items.filter((permission) => permission.profile === profile);
  };

  /** The next worker runs `code` first. */
  const preparedWorker = (code: string): Promise<unknown> =>
    page.route('**/import.worker-*.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: code + (await response.text()) });
    });

  it('shows what a file is and what would be sent, asks, sends it, and leads to the data', async () => {
    await openSection(page, 'Import');
    expect(await axeFindings(page)).toEqual([]);
    await choose(write('walk.gpx', gpxOf(2500)));
    await shows('read as GPX');
    await shows('2,500 events of location');
    await expect.poll(() => main().textContent()).toMatch(/Line 2,502: .*no time/);
    await expect.poll(() => main().getByRole('table').getByRole('row').count()).toBe(9);
    expect(await axeFindings(page)).toEqual([]);
    await press('Import');
    await shows('asks to add events of its own to:');
    expect(await axeFindings(page)).toEqual([]);
    expect(await stored('library/location')).toBe(0);
    await press('Allow adding location');
    expect(await outcome()).toEqual(expect.arrayContaining(['2,500 new', '0 known already', '1 refused']));
    expect(await stored('library/location')).toBe(2500);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('link', { name: 'Look at your data' }).click();
    await page.getByRole('heading', { level: 1, name: 'Location' }).waitFor();
    await page.getByRole('columnheader', { name: /^geometry\.coordinates/ }).waitFor();
    await page.getByRole('tab', { name: 'Places' }).click();
    await page.getByRole('img', { name: /^2,500 places drawn as points/ }).waitFor();
  });

  it('asks again at the next visit, adds nothing of what is there, and takes back what an import added', async () => {
    await granted(write('walk.gpx', gpxOf(2600)));
    expect(await outcome()).toEqual(expect.arrayContaining(['100 new', '2,500 known already']));
    const download = page.waitForEvent('download');
    await press('Download the report');
    const report = join(folder, 'walk.import.ndjson');
    await (await download).saveAs(report);
    const [first, ...lines] = readFileSync(report, 'utf8').trim().split('\n');
    expect(JSON.parse(first!)).toEqual({ datakeepImport: 1, url: opened.keep.url, file: 'walk.gpx' });
    expect(lines.flatMap((line) => (JSON.parse(line) as { created: string[] }).created)).toHaveLength(100);
    await press('Another file');
    await press('Undo the import of walk.gpx');
    await shows('asks to delete any event');
    await press(/^Allow deleting/);
    await shows('100 events deleted.');
    expect(await stored('library/location')).toBe(2500);
    await press('Another file');
    await page
      .getByRole('row', { name: /walk\.gpx/ })
      .getByText('taken back')
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('says what the undoing of an import waits for, and how far it came where that is stopped', async () => {
    await granted(write('walk-undone.gpx', gpxOf(300, 70_000)));
    await outcome();
    await press('Undo this import');
    await page.getByRole('button', { name: /^Allow deleting/ }).waitFor();
    const problem = { type: 'about:blank', title: 'Busy', status: 503, code: 'storage-busy', detail: 'Busy.' };
    await page.route('**/app/v1/events/*', (route) =>
      route.fulfill({
        status: 503,
        headers: { 'retry-after': '30', 'content-type': 'application/problem+json' },
        body: JSON.stringify(problem),
      }),
    );
    await press(/^Allow deleting/);
    await page.getByRole('heading', { name: /^Taking back walk-undone/ }).waitFor();
    await main()
      .getByRole('status')
      .getByText(/too busy since .* This waits about a minute/)
      .waitFor();
    await press('Stop');
    await page.getByRole('heading', { name: 'Taking back walk-undone.gpx was stopped' }).waitFor();
    await shows('0 events deleted. The rest stayed as it was');
    await page.unrouteAll();
    await press('Undo the import of walk-undone.gpx');
    await page.getByRole('heading', { name: 'The import of walk-undone.gpx is taken back' }).waitFor();
    await expect.poll(() => main().textContent()).toContain('300 events deleted');
  });

  it('takes an import back by its report, and tells what was deleted or changed before', async () => {
    await granted(write('three.gpx', gpxOf(3, 50_000)));
    await outcome();
    const download = page.waitForEvent('download');
    await press('Download the report');
    const report = join(folder, 'three.import.ndjson');
    await (await download).saveAs(report);
    const { created } = JSON.parse(readFileSync(report, 'utf8').trim().split('\n')[1]!) as { created: string[] };
    const { payload } = await admin.ask<{ payload: object }>('GET', `/admin/v1/events/${created[0]}`);
    await admin.ask('PUT', `/admin/v1/events/${created[0]}`, {
      body: { payload: { ...payload, name: 'Home' } },
      headers: { 'if-match': '*' },
    });
    await page.reload();
    await choose(report);
    await press(/^Allow deleting/);
    await expect.poll(() => main().textContent()).toContain('2 events deleted.');
    await shows('1 event stayed: changed since the import.');
  });

  it('imports a calendar', async () => {
    const event = 'BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Prague:20260301T090000\r\nRRULE:FREQ=DAILY;COUNT=5\r\n';
    const calendar = `BEGIN:VCALENDAR\r\n${event}SUMMARY:Stand-up\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
    await granted(write('work.ics', calendar));
    expect(await outcome()).toContain('5 new');
  });

  it('reads a table as the owner says: another profile, columns, constants, dates and decimals', async () => {
    await choose(write('bank.csv', 'Wann;Wert;Zweck\n01.03.2026;-1.234,50;Miete\n02.03.2026;20,00;Kuchen\n'));
    await shows('The names of the columns fit no kind of event');
    const pick = async (label: string, option: string): Promise<void> => {
      await main().getByRole('combobox', { name: label }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    await pick('Each row is', 'Transaction');
    await shows('Choose a column for it, or say it here.');
    expect(await axeFindings(page)).toEqual([]);
    await pick('Wann becomes', 'When it happened');
    await pick('Wert becomes', 'Amount');
    await pick('Zweck becomes', 'Purpose');
    await pick('Dates are written', 'Day.month.year');
    await pick('Decimals have a', 'Comma (1.234,5)');
    const currency = main().getByLabel('currency');
    await currency.fill('EUR');
    await currency.press('Enter');
    await shows('2 events of transaction');
    await shows('amount: -1234.5, purpose: Miete, currency: EUR');
    await press('Import');
    await press('Allow adding transaction');
    expect(await outcome()).toContain('2 new');
  });

  it('keeps the form of a table that cannot be read as it says, and both of two choices of one moment', async () => {
    await choose(write('moment.csv', 'Wann;Wert;Zweck\n2026-03-01;20.00;Kuchen\n'));
    const box = (name: string) => main().getByRole('combobox', { name, exact: true });
    const pick = async (name: string, option: string): Promise<void> => {
      await box(name).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    await pick('Each row is', 'Transaction');
    await page.evaluate<void>(`globalThis.held = [];
      globalThis.post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (...given) { held.push(() => post.apply(this, given)); };`);
    await pick('Wann becomes', 'When it happened');
    await pick('Wert becomes', 'Amount');
    await page.evaluate<void>('Worker.prototype.postMessage = post; for (const send of held) send();');
    await main().getByRole('status').getByText('looking again').waitFor({ state: 'hidden' });
    await expect.poll(() => box('Wann becomes').inputValue()).toBe('When it happened');
    await expect.poll(() => box('Wert becomes').inputValue()).toBe('Amount');
    await pick('Encoding', 'UTF-16');
    await expect.poll(() => box('Wann becomes').count()).toBe(0);
    await pick('Encoding', 'UTF-8');
    await box('Wann becomes').waitFor();
  });

  it('is stopped by its button also while it begins', async () => {
    await choose(write('early.csv', 'date,text\n2026-08-01,Poppies\n'));
    const held: Route[] = [];
    await page.route('**/admin/v1/apps?*', (route) => void held.push(route));
    await press('Import');
    await expect.poll(() => held.length).toBe(1);
    await press('Stop');
    await held[0]!.continue();
    await page.unroute('**/admin/v1/apps?*');
    await expect.poll(() => main().getByRole('button', { name: 'Import', exact: true }).isEnabled()).toBe(true);
    await page.getByRole('heading', { name: 'early.csv' }).waitFor();
  });

  it('imports the archive of Apple Health, of more than 50 MB, with all of its profiles at once', async () => {
    const lines = Array.from({ length: 260_000 }, (_, index) => {
      const time = new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString().slice(0, 19).replace('T', ' ');
      const [type, unit] = index % 10 === 0 ? ['HeartRate', 'count/min'] : ['VO2Max', 'mL/min·kg'];
      const device = `&lt;&lt;HKDevice: 0x${(index * 2_654_435_761).toString(16)}&gt;, name:Apple Watch&gt;`;
      const from = `sourceName="Watch" device="${device}" startDate="${time} +0100" endDate="${time} +0100"`;
      return `<Record type="HKQuantityTypeIdentifier${type}" unit="${unit}" ${from} value="${60 + (index % 90)}"/>\n`;
    });
    const content = `<!DOCTYPE HealthData [<!ELEMENT A ]><HealthData>\n${lines.join('')}</HealthData>`;
    expect(content.length).toBeGreaterThan(50_000_000);
    await choose(write('export.zip', zipOf([{ name: 'apple_health_export/export.xml', content }])));
    await expect.poll(() => main().textContent()).toMatch(/at least [\d,]+ events of heart rate/);
    await press('Import');
    await press('Allow adding heart rate, step count, sleep, body weight, and workout');
    await page.getByRole('heading', { name: /is imported$/ }).waitFor({ timeout: 120_000 });
    await shows('234000 of VO2Max left out.');
    expect(await stored('library/heart-rate')).toBe(26_000);
  });

  it('sends nothing that is denied, and can be asked again', async () => {
    await choose(write('note.csv', 'date,text\n2026-03-01,Crocuses\n'));
    await press('Import');
    await press('Deny');
    await shows('You denied it');
    expect(await axeFindings(page)).toEqual([]);
    await press('Import');
    await press(/^Allow adding/);
    expect(await outcome()).toContain('1 new');
  });

  it('leaves no request behind where the page is left before it is allowed', async () => {
    await choose(write('left.csv', 'date,text\n2026-03-02,Snowdrops\n'));
    await press('Import');
    await page.getByRole('button', { name: /^Allow adding/ }).waitFor();
    await shows('closing the tab denies it');
    const waiting = async () => {
      const { items } = await admin.ask<ListPage<Permission>>('GET', '/admin/v1/permissions?status=pending&limit=200');
      return items.map(({ message }) => message);
    };
    // Not what former imports were allowed, which waits once the app is associated anew.
    expect(await waiting()).toEqual(['To import CSV files']);
    await page.reload();
    await expect.poll(waiting).toEqual([]);
  });

  it('goes on where the owner decides on the page of requests', async () => {
    await choose(write('read.csv', 'date,title,author\n2026-03-01,Walden,Thoreau\n'));
    await press('Import');
    await page.getByRole('button', { name: /^Allow adding/ }).waitFor();
    const profile = /\((library\/[\w-]+)\)/.exec((await main().textContent())!)![1]!;
    const waiting = (await permissionsOf(profile)).find(({ status }) => status === 'pending')!;
    await admin.approve(waiting.id);
    expect(await outcome()).toContain('1 new');
  });

  it('stops where its right is revoked in the middle, says so, and goes on once it has it again', async () => {
    const points = 40_000;
    await granted(write('long.gpx', gpxOf(points, 100_000)));
    const before = await stored('library/location');
    await expect.poll(() => stored('library/location'), { interval: 50 }).toBeGreaterThan(before);
    const [permission] = await permissionsOf('library/location').then((all) =>
      all.filter(({ status, granted: rights }) => status === 'approved' && rights.includes('create')),
    );
    await admin.ask('POST', `/admin/v1/permissions/${permission!.id}/revoke`, { body: {} });
    await page.getByRole('heading', { name: 'It stopped' }).waitFor();
    await shows('The same file again adds the rest');
    expect(await axeFindings(page)).toEqual([]);
    await press('Try again');
    await press('Allow adding location');
    const counts = (await outcome()).flatMap((text) => /^([\d,]+) (new|known)/.exec(text)?.[1] ?? []);
    expect(counts.reduce((sum, count) => sum + Number(count.replaceAll(',', '')), 0)).toBe(points);
  });

  it('is stopped by its button, and the same file again adds the rest', async () => {
    const points = 60_000;
    await granted(write('longer.gpx', gpxOf(points, 200_000)));
    await expect.poll(() => main().textContent(), { interval: 50 }).toMatch(/[1-9][\d,]* new/);
    await press('Stop');
    await page.getByRole('heading', { name: /was stopped$/ }).waitFor();
    await press('Another file');
    await choose(join(folder, 'longer.gpx'));
    await press('Import');
    const texts = await outcome();
    expect(texts).not.toContain(`${points.toLocaleString('en')} new`);
  });

  it('says when the app has all that it may have', async () => {
    const problem = { type: '/docs/errors#app-limit-reached', code: 'app-limit-reached', status: 507, instance: 'r1' };
    const words = { title: 'The app has as much as it may', detail: 'It has 1 of 1 events.' };
    const full = {
      status: 507,
      contentType: 'application/problem+json',
      body: JSON.stringify({ ...problem, ...words }),
    };
    await page.route('**/app/v1/events', (route) => route.fulfill(full));
    await granted(write('more.csv', 'date,text\n2026-04-01,Tulips\n'));
    await page.getByRole('heading', { name: 'It stopped' }).waitFor();
    await shows('It has 1 of 1 events.');
    await page.unroute('**/app/v1/events');
    await press('Try again');
    expect(await outcome()).toContain('1 new');
  });

  it('waits for a keep that is away for half a minute', async () => {
    await preparedWorker('Math.random = () => 0;');
    await choose(write('away.csv', 'date,text\n2026-05-01,Lilac\n'));
    await press('Import');
    await page.getByRole('button', { name: /^Allow adding/ }).waitFor();
    let refused = 0;
    await page.route('**/app/v1/events', (route) => (++refused > 12 ? route.continue() : route.abort()));
    await press(/^Allow adding/);
    await shows('The keep cannot be reached since');
    expect(await outcome()).toContain('1 new');
    expect(refused).toBe(13);
    await page.unrouteAll();
  });

  it.each([
    ['page.html', '<html>', 'is not known here'],
    ['Settings.json', '{"createdTime": "2020", "modifiedTime": "2021", "historyEnabled": true}', 'Timeline'],
    ['cut.zip', 'PK\u0003\u0004apple_health_export/', 'cannot be unpacked'],
  ])('says what is wrong with %s', async (name, content, words) => {
    await choose(write(name, content));
    await main().getByRole('alert').getByText(words).waitFor();
    expect(await main().getByRole('button', { name: 'Import', exact: true }).isEnabled()).toBe(false);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('keeps the token of its app in the memory of the page alone', async () => {
    const kept = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, Object.keys(sessionStorage)])');
    expect(kept).not.toMatch(/eyJ|app/);
    const files = await page.evaluate<string>(
      `new Promise((done) => { const request = indexedDB.open('datakeep-imports');
         request.onsuccess = () => { const all = request.result.transaction('imports').objectStore('imports').getAll();
           all.onsuccess = () => { request.result.close(); done(JSON.stringify(all.result)); }; }; })`,
    );
    expect(files).toContain('walk.gpx');
    expect(files).not.toContain('eyJ');
  });

  it('is used with the keyboard alone', async () => {
    const keyboard = keyboardOf(page);
    const chooser = page.waitForEvent('filechooser');
    await keyboard.press(page.getByRole('button', { name: 'Choose a file' }));
    await (await chooser).setFiles(write('keys.csv', 'date,text\n2026-06-01,Roses\n'));
    await page.getByRole('heading', { name: 'keys.csv' }).waitFor();
    await keyboard.press(page.getByRole('button', { name: 'Import', exact: true }));
    await keyboard.press(page.getByRole('button', { name: /^Allow adding/ }));
    expect(await outcome()).toContain('1 new');
    await keyboard.press(page.getByRole('button', { name: 'Another file' }));
    await keyboard.press(page.getByRole('button', { name: 'Forget the import of keys.csv' }));
    await expect.poll(() => page.getByRole('row', { name: /keys\.csv/ }).count()).toBe(0);
  });

  it('reads in a worker that may call the keep and nothing else', async () => {
    await choose(write('worker.csv', 'date,text\n2026-07-01,Clover\n'));
    await expect.poll(() => page.workers().length).toBe(1);
    const { headers } = await fetch(page.workers()[0]!.url());
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; connect-src 'self'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    );
  });

  it('reads a calendar where the browser has no Temporal, as Safari', async () => {
    await preparedWorker('delete globalThis.Temporal;');
    const lines = [
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:1',
      'SUMMARY:Tram',
      'DTSTART;TZID=Europe/Berlin:20260301T080000',
    ];
    const loaded = page.waitForRequest(/\/assets\/global\.esm-/);
    await choose(write('trip.ics', [...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n')));
    await loaded;
    await shows('1 event of calendar event');
    await expect.poll(() => main().textContent()).toContain('start: 2026-03-01T08:00:00');
    await page.unrouteAll();
  });

  it('ends with the session', async () => {
    await granted(write('session.gpx', gpxOf(60_000, 600_000)));
    await expect.poll(() => main().textContent(), { interval: 50 }).toMatch(/[1-9][\d,]* new/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    await signIn(page, opened.keep.url, '/import');
    await page.getByRole('row', { name: /session\.gpx.*cut off/ }).waitFor();
  });

  it('asks before the tab is closed while it runs, and complained of nothing', async () => {
    expect(opened.complaints).toEqual([]);
    await granted(write('closing.gpx', gpxOf(40_000, 400_000)));
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    const asked = page.waitForEvent('dialog');
    const closing = page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await closing;
    expect(await outcome()).toContain('40,000 new');
  });
});
