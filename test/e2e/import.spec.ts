import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { importers } from '@datakeep/importers';
import { zipOf } from '@datakeep/importers/testing';
import { profileLibrary } from '@datakeep/registry';
import { openRegistry } from '@datakeep/registry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastBuild } from '../../scripts/build.ts';
import { compileCache } from '../support/compile-cache.ts';
import { datakeep } from '../support/datakeep-command.ts';
import { sampleFiles } from '../support/importers-samples.ts';
import type { AppClient, Right } from '../support/keep-client.ts';
import { keepUnderTest, type KeepUnderTest } from '../support/keep-in-process.ts';

interface Report {
  readonly done: boolean;
  readonly error?: string;
  readonly added: number;
  readonly known: number;
  readonly refused: number;
  readonly refusals: readonly { readonly line: number; readonly reason: string }[];
  readonly mapping?: { readonly profile: string };
  readonly counts: Readonly<Record<string, number>>;
  readonly rows: readonly { readonly payload: object }[];
  readonly deleted: number;
  readonly changed: number;
}

const points = 2500;
const gpx = `<gpx><trk><name>Walk</name><trkseg>${Array.from({ length: points }, (_, index) => {
  const time = new Date(Date.UTC(2026, 2, 1) + index * 1000).toISOString();
  return `<trkpt lat="52.5" lon="${(13 + index / 10_000).toFixed(4)}"><time>${time}</time></trkpt>\n`;
}).join('')}<trkpt lat="1" lon="2"></trkpt></trkseg></trk></gpx>`;

describe('datakeep import', () => {
  let keep: KeepUnderTest;
  let place: string;
  let app: AppClient;

  beforeAll(async () => {
    keep = await keepUnderTest();
    place = mkdtempSync(join(tmpdir(), 'datakeep-import-'));
    app = await keep.admin.connectApp('Importer');
    writeFileSync(join(place, 'token'), app.token!);
  });
  afterAll(async () => {
    await keep.stop();
    rmSync(place, { recursive: true });
  });

  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(place, name), content);
    return join(place, name);
  };
  const run = async (...given: readonly string[]): Promise<Report & { readonly code: number | null }> => {
    const where = ['--url', keep.url, '--token-file', join(place, 'token'), '--json'];
    const { code, stdout } = await datakeep(place, ['import', ...given, ...where], {});
    return { ...(JSON.parse(stdout.toString('utf8')) as Report), code };
  };
  const grant = async (profile: string, rights: readonly Right[]): Promise<void> => {
    await app.ask('POST', '/app/v1/profiles', { body: { name: profile } });
    await keep.admin.grant(app, profile, rights);
  };
  const stored = async (profile: string): Promise<number> => {
    const body = { profile, measures: { count: { op: 'count' } } };
    const { groups } = await keep.admin.ask<{ groups: { count: number }[] }>('POST', '/admin/v1/events/aggregate', {
      body,
    });
    return groups[0]?.count ?? 0;
  };

  it('shows what it would send, and sends nothing', async () => {
    const file = write('preview.gpx', gpx);
    const { counts, rows, refused, refusals } = await run(file, '--preview');
    expect({ counts, refused }).toEqual({ counts: { 'library/location': points }, refused: 1 });
    expect(rows[0]!.payload).toMatchObject({ track: 'Walk', geometry: { coordinates: [13, 52.5] } });
    expect(refusals).toEqual([{ line: points + 1, reason: expect.stringContaining('no time') }]);
    expect(existsSync(`${file}.import.ndjson`)).toBe(false);
  });

  it('asks for a right that the admin sees, and waits until it is decided', async () => {
    const file = write('denied.csv', 'date,text\n2026-03-01,Crocuses\n');
    const imported = run(file);
    const pending = async () =>
      (await app.ask<{ items: { id: string; status: string; message: string }[] }>('GET', '/app/v1/permissions')).items;
    await expect.poll(pending).toMatchObject([{ status: 'pending', message: 'To import CSV files' }]);
    await keep.admin.deny((await pending())[0]!.id, 'Not these');
    expect(await imported).toMatchObject({ code: 1, done: false, error: expect.stringContaining('Not these') });
  });

  it('adds what is new, once, however often it is run, and takes back what one import added', async () => {
    await grant('library/location', ['create', 'read', 'modify']);
    const file = write('walk.gpx', gpx);
    expect(await run(file)).toMatchObject({ code: 0, added: points, known: 0, refused: 1 });
    expect(await stored('library/location')).toBe(points);
    const more = write(
      'more.gpx',
      gpx.replace('</trkseg>', '<trkpt lat="1" lon="2"><time>2026-04-01T00:00:00Z</time></trkpt></trkseg>'),
    );
    expect(await run(more)).toMatchObject({ code: 0, added: 1, known: points });
    expect(await run(file)).toMatchObject({ code: 0, added: 0, known: points });
    expect(await stored('library/location')).toBe(points + 1);

    const { items } = await app.ask<{ items: { id: string; payload: object }[] }>(
      'GET',
      '/app/v1/events?profile=library%2Flocation&to=2026-03-02T00:00:00Z&limit=1',
    );
    const [changed] = items;
    const payload = { ...changed!.payload, name: 'Home' };
    await app.ask('PUT', `/app/v1/events/${changed!.id}`, { body: { payload }, headers: { 'if-match': '*' } });
    await grant('library/location', ['delete']);
    expect(await run('--undo', `${file}.import.ndjson`)).toMatchObject({ code: 0, deleted: points - 1, changed: 1 });
    expect(await stored('library/location')).toBe(2);
  });

  it('goes on where it was stopped: what was stored is known, and one report has all of it', async () => {
    await grant('library/location', ['create']);
    const lines = gpx.split('\n');
    const half = write('half.gpx', lines.slice(0, 1000).join('\n'));
    const first = await run(half, '--report', join(place, 'one.ndjson'));
    expect(first.added).toBe(1000);
    const rest = await run(write('whole.gpx', gpx), '--report', join(place, 'one.ndjson'));
    expect(rest.added + rest.known).toBe(points);
    expect(readFileSync(join(place, 'one.ndjson'), 'utf8').match(/datakeepImport/g)).toHaveLength(1);
  });

  it('goes on with a report that is empty or was cut, and with none of another keep or that is no report', async () => {
    await grant('library/location', ['create', 'delete']);
    const pointOf = (day: number): string =>
      write(`${day}.gpx`, `<gpx><wpt lat="1" lon="2"><time>2026-06-0${day}T00:00:00Z</time></wpt></gpx>`);
    const report = write('made-before.ndjson', '');
    expect(await run(pointOf(1), '--report', report)).toMatchObject({ code: 0, added: 1 });
    appendFileSync(report, '{"profile":"library/loc');
    expect(await run(pointOf(2), '--report', report)).toMatchObject({ code: 0, added: 1 });
    expect(await run('--undo', report)).toMatchObject({ code: 0, deleted: 2 });

    for (const [content, error] of [
      ['{"datakeepImport":1,"url":"http://other.example","file":"1.gpx"}\n', 'other.example'],
      ['my diary\n', 'no report'],
    ] as const) {
      const other = write('other-report', content);
      expect(await run(pointOf(3), '--report', other)).toMatchObject({
        code: 1,
        error: expect.stringContaining(error),
      });
      expect(readFileSync(other, 'utf8')).toBe(content);
    }
  });

  it('has in its report what was on its way when it was interrupted', async () => {
    const track = gpx.slice(gpx.indexOf('<trkpt'), gpx.indexOf('</trkseg>'));
    const file = write('long.gpx', gpx.replace('</trkseg>', `${track.repeat(4)}</trkseg>`));
    const answered: string[] = [];
    const answerOf = async (request: IncomingMessage): Promise<object> => {
      const granted = { profile: 'library/location', status: 'approved', requested: ['create'], granted: ['create'] };
      if (request.method === 'GET') return { items: [granted], nextCursor: null };
      const body = await json(request);
      if (request.url !== '/app/v1/events') return {};
      const events = (body as { events: object[] }).events.map(() => ({ id: randomUUID(), status: 'created' }));
      if (answered.length === 0) child.kill('SIGINT');
      answered.push(...events.map(({ id }) => id));
      return { accepted: events.length, duplicates: 0, events };
    };
    const server = createServer((request, response) => {
      void answerOf(request).then((answer) => response.end(JSON.stringify(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const given = ['import', file, '--url', url, '--token-file', join(place, 'token')];
    const child = spawn(process.execPath, [join(lastBuild(), 'apps/cli/src/main.js'), ...given], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compileCache, DATA_DIR: place },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      expect([code, said]).toEqual([
        1,
        expect.stringContaining(`Interrupted: added ${answered.length.toLocaleString('en')} events`),
      ]);
      const noted = readFileSync(`${file}.import.ndjson`, 'utf8').match(/[0-9a-f-]{36}/g);
      expect(new Set(noted)).toEqual(new Set(answered));
    } finally {
      child.kill('SIGKILL');
      await server[Symbol.asyncDispose]();
    }
  });

  it('sets aside what the keep refuses, with line and reason, and stores the rest', async () => {
    await grant('library/transaction', ['create']);
    const rows = Array.from({ length: 60 }, (_, index) => `2026-03-01,${index},${index % 2 === 0 ? 'EUR' : 'euro'}`);
    const report = await run(write('bank.csv', `date,amount,currency\n${rows.join('\n')}\n`));
    expect(report).toMatchObject({ code: 0, added: 30, refused: 30, mapping: { profile: 'library/transaction' } });
    expect(report.refusals[0]).toEqual({ line: 3, reason: expect.stringContaining('/currency') });
  });

  it('makes legal events of three profiles of one Timeline', async () => {
    for (const name of importers.timeline.profiles) await grant(name, ['create']);
    const times = { startTime: '2026-03-01T11:00:00.000+01:00', endTime: '2026-03-01T12:00:00.000+01:00' };
    const [latLng, placeId] = ['52.5°, 13.4°', 'ChIJ1'];
    const topCandidate = { placeId, semanticType: 'HOME', probability: 0.9, placeLocation: { latLng } };
    const semanticSegments = [
      { ...times, visit: { topCandidate } },
      { ...times, activity: { start: { latLng }, end: { latLng }, topCandidate: { type: 'WALKING' } } },
      { ...times, timelinePath: [{ point: latLng, time: times.startTime }] },
    ];
    const file = write('Timeline.json', JSON.stringify({ semanticSegments }));
    expect(await run(file)).toMatchObject({ code: 0, added: 3, refused: 0 });
    expect(await run(file)).toMatchObject({ added: 0, known: 3 });
  });

  it('makes legal events of the watchers of ActivityWatch', async () => {
    for (const name of importers.activitywatch.profiles) await grant(name, ['create']);
    const bucketOf = (type: string, data: object): object => ({
      [type]: { type, hostname: 'desk', events: [{ timestamp: '2026-03-01T10:00:00+00:00', duration: 1.5, data }] },
    });
    const buckets = {
      ...bucketOf('currentwindow', { app: 'Code', title: '' }),
      ...bucketOf('afkstatus', { status: 'afk' }),
      ...bucketOf('web.tab.current', { url: 'https://example.org/', title: 'Example' }),
    };
    const file = write('buckets.json', JSON.stringify({ buckets }));
    expect(await run(file)).toMatchObject({ code: 0, added: 3, refused: 0 });
    const grown = write('grown.json', JSON.stringify({ buckets }).replaceAll('"duration":1.5', '"duration":90'));
    expect(await run(grown)).toMatchObject({ code: 0, added: 0, known: 3, refused: 0 });
  });

  it('reads ActivityWatch on this machine, and no other', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const event = { id: 1, timestamp: '2026-04-01T10:00:00+00:00', duration: 1.5, data: { app: 'Code', title: 'x' } };
      const buckets = { 'aw-watcher-window_desk': { type: 'currentwindow', hostname: 'desk' } };
      response.end(JSON.stringify(request.url === '/api/0/buckets/' ? buckets : [event]));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      for (const name of importers.activitywatch.profiles) await grant(name, ['create']);
      const { port } = server.address() as AddressInfo;
      const report = join(place, 'activitywatch.ndjson');
      const first = await run(`http://127.0.0.1:${port}`, '--report', report);
      expect(first).toMatchObject({ code: 0, added: 1, known: 0 });
      expect(await run(`http://localhost:${port}/`, '--report', report)).toMatchObject({ code: 0, added: 0, known: 1 });
      expect(new Set(asked.map((path) => path.split('?')[0]))).toEqual(
        new Set(['/api/0/buckets/', '/api/0/buckets/aw-watcher-window_desk/events']),
      );
    } finally {
      await server[Symbol.asyncDispose]();
    }
    const elsewhere = await run('http://192.0.2.7:5600');
    expect(elsewhere).toMatchObject({ code: 1, error: expect.stringContaining('not this machine') });
  });

  it('makes legal events of five profiles of the archive of Apple Health', async () => {
    for (const name of importers['apple-health'].profiles) await grant(name, ['create']);
    const times = 'startDate="2026-03-01 07:00:00 +0100" endDate="2026-03-01 07:10:00 +0100" sourceName="Watch"';
    const record = (type: string, unit: string, value: string | number): string =>
      `<Record type="HK${type}" unit="${unit}" value="${value}" ${times}/>`;
    const content = `<!DOCTYPE HealthData [<!ELEMENT A ]><HealthData>
      ${record('QuantityTypeIdentifierHeartRate', 'count/min', 62)}
      ${record('QuantityTypeIdentifierStepCount', 'count', 120)}
      ${record('QuantityTypeIdentifierBodyMass', 'lb', 150)}
      ${record('CategoryTypeIdentifierSleepAnalysis', '', 'HKCategoryValueSleepAnalysisInBed')}
      <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="10" durationUnit="min" ${times}/>
    </HealthData>`;
    const file = write('export.zip', zipOf([{ name: 'apple_health_export/export.xml', content }]));
    expect(await run(file)).toMatchObject({ code: 0, added: 5, refused: 0 });
  });

  it('makes legal events of the archive of Strava, to which a GPX file alone adds nothing', async () => {
    for (const name of importers.strava.profiles) await grant(name, ['create']);
    const track = (hr: string): string => `<gpx><trk><name>Ride</name><trkseg><trkpt lat="48.1" lon="11.5">
      <time>2026-05-01T10:00:00Z</time>${hr}</trkpt></trkseg></trk></gpx>`;
    const columns = 'Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance';
    const content = [
      `${columns},Filename,Elapsed Time,Moving Time,Distance`,
      '1,"May 1, 2026, 10:00:00 AM",A,Ride,,60,1,,60,55,950.5',
    ].join('\n');
    const file = write(
      'strava.zip',
      zipOf([
        { name: 'activities.csv', content },
        { name: 'activities/1.gpx.gz', content: gzipSync(track('<extensions><hr>120</hr></extensions>')) },
      ]),
    );
    expect(await run(file)).toMatchObject({ code: 0, added: 3, refused: 0 });
    expect(await run(write('ride.gpx', track('')))).toMatchObject({ added: 0, known: 1 });
  });

  it("makes legal events of a browser's history while the browser has it open", async () => {
    await grant('library/web-visit', ['create']);
    const file = join(place, 'places.sqlite');
    const browser = new DatabaseSync(file);
    try {
      browser.exec(`PRAGMA journal_mode = WAL;
        CREATE TABLE moz_places(id INTEGER PRIMARY KEY, url, title);
        CREATE TABLE moz_historyvisits(id INTEGER PRIMARY KEY, from_visit, place_id, visit_date, visit_type);
        INSERT INTO moz_places VALUES (1, 'https://example.org/', 'Example'), (2, 'https://example.org/2', NULL);
        INSERT INTO moz_historyvisits VALUES (1, 0, 1, 1772359200000000, 1), (2, 1, 2, 1772359201000000, 1);`);
      expect(await run(file)).toMatchObject({ code: 0, added: 2, refused: 0 });
      expect(await run(file)).toMatchObject({ code: 0, added: 0, known: 2 });
    } finally {
      browser.close();
    }
  });

  it('says what is wrong with the command line, the file and the token', async () => {
    expect(await run(join(place, 'nowhere.gpx'))).toMatchObject({ code: 1, error: expect.stringContaining('no file') });
    expect(await run()).toMatchObject({ code: 2 });
    expect(await run(write('page.html', '<html>'))).toMatchObject({ code: 1, error: expect.stringContaining('GPX') });
    const config = { XDG_CONFIG_HOME: join(place, 'nobody') };
    const { code, output } = await datakeep(place, ['import', write('a.gpx', gpx), '--url', keep.url], config);
    expect([code, output]).toEqual([2, expect.stringContaining('--token-file')]);
    const other = await run('--undo', write('other.ndjson', '{"datakeepImport":1,"url":"http://other.example"}\n'));
    expect(other).toMatchObject({ code: 1, error: expect.stringContaining('other.example') });
  });

  it('is the app of the login where no other is given, also to take back what it added', async () => {
    const { id } = await keep.admin.makeAppHolder('Logged in');
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const env = { XDG_CONFIG_HOME: join(place, 'config') };
    const login = await datakeep(place, ['login', '--url', keep.url], env, `${associationToken}\n`);
    expect(login).toMatchObject({ code: 0 });
    const file = write('diary.csv', 'date,text\n2026-03-01,Crocuses\n');
    const decided = async (act: readonly string[]): Promise<string> => {
      const done = datakeep(place, ['import', ...act], env);
      const pending = async () =>
        (await keep.admin.ask<{ items: { id: string }[] }>('GET', `/admin/v1/permissions?status=pending&app=${id}`))
          .items;
      await expect.poll(pending).toHaveLength(1);
      await keep.admin.approve((await pending())[0]!.id);
      const { code, output } = await done;
      expect([code, output]).toEqual([0, expect.any(String)]);
      return output;
    };
    expect(await decided([file])).toContain('1 new, 0 known, 0 refused');
    expect(await decided(['--undo', `${file}.import.ndjson`])).toContain('Deleted 1 event.');
  });

  it('becomes an app by an association token, once', async () => {
    const { id } = await keep.admin.makeAppHolder('Second importer');
    const { associationToken } = await keep.admin.makeAssociationToken(id);
    const token = join(place, 'second-token');
    const association = write('association', `${associationToken}\n`);
    const given = ['import', write('b.csv', 'a,b\n'), '--url', keep.url, '--token-file', token];
    const { output } = await datakeep(place, [...given, '--association-token-file', association], {});
    expect(output).toContain('--profile');
    expect(existsSync(token)).toBe(false);
    const calendar = write(
      'c.ics',
      'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260301\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    );
    const imported = datakeep(
      place,
      ['import', calendar, '--url', keep.url, '--token-file', token, '--association-token-file', association],
      {},
    );
    const pending = async () =>
      (await keep.admin.ask<{ items: { id: string }[] }>('GET', `/admin/v1/permissions?status=pending&app=${id}`))
        .items;
    await expect.poll(pending).toHaveLength(1);
    await keep.admin.approve((await pending())[0]!.id);
    const { code, output: said } = await imported;
    expect([code, said]).toEqual([0, expect.stringContaining('1 new, 0 known, 0 refused')]);
  });
});

describe('samples of other programs', () => {
  it.each([
    ['gpx', 'gpxpy==1.6.2', '.gpx', 1700],
    ['icalendar', 'icalendar==7.3.2', '.ics', 3000],
  ] as const)(
    'are read without a fault, and make legal events: %s',
    { timeout: 300_000 },
    async (name, release, ending, least) => {
      await using registry = openRegistry();
      const profiles = [...profileLibrary().values()];
      const files = await sampleFiles(release, ending);
      const [profile] = importers[name].profiles;
      await registry.profiles.registerByAdmin(profile, undefined, 'ad'.repeat(12));
      const { validate } = (await registry.profiles.find(profile))!;
      let events = 0;
      const faults: unknown[] = [];
      for (const path of files) {
        const source = { name: path, bytes: () => createReadStream(path) };
        const options = { profiles, timeZone: 'Europe/Berlin', until: new Date('2027-01-01T00:00:00Z') };
        for await (const item of importers[name].read(source, options)) {
          if (item.kind !== 'event') continue;
          events += 1;
          const fault = validate(item.payload);
          if (fault) faults.push([path, item.line, fault]);
        }
      }
      expect(faults).toEqual([]);
      expect(files.length === 0 || events > least, `${events} events of ${files.length} files`).toBe(true);
    },
  );
});
