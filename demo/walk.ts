import { setTimeout as delay } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import {
  ApiError,
  type AdminClient,
  type AppClient,
  type Json,
  type KeepEvent,
  type NewEvent,
  type Page,
  type Right,
  type Run,
} from '../test/support/keep-client.ts';
import { flightProfile, flightSchema, weatherDays, weatherProfile, weatherSchema, type Flight } from './datasets.ts';
import { delaysOf, delayViewSource, type HourOfDelay } from './delay-view.ts';
import { ImportAct } from './import-act.ts';
import { IndexAct } from './index-act.ts';
import type { Story } from './story.ts';

const batch = 1000;
const sendersAtOnce = 3;

/** The whole of what Datakeep is for, once, on real data. What it made in the keep is in `made`, for the tidying up. */
export class Walk {
  readonly made: {
    readonly appIds: string[];
    readonly templateIds: string[];
    readonly instances: { app: AppClient; id: string }[];
  } = {
    appIds: [],
    templateIds: [],
    instances: [],
  };
  readonly #story: Story;
  readonly #admin: AdminClient;
  readonly #records: readonly Flight[];
  readonly #indexTimeFactor: number | undefined;
  readonly #url: string;

  /** `indexTimeFactor`: how many times as fast the keep weighs its indexes; undefined where it is not our own. */
  constructor(
    story: Story,
    admin: AdminClient,
    url: string,
    records: readonly Flight[],
    indexTimeFactor: number | undefined,
  ) {
    this.#story = story;
    this.#admin = admin;
    this.#url = url;
    this.#records = records;
    this.#indexTimeFactor = indexTimeFactor;
  }

  async take(): Promise<void> {
    const logbook = await this.#connect('Flight logbook');
    await this.#consent(logbook);
    const records = this.#records;
    await this.#store(logbook, records);
    await this.#ask(logbook, records);
    await new IndexAct(this.#story, this.#admin, logbook).play(records, this.#indexTimeFactor);
    await this.#answerWithoutData(records);
    await new ImportAct(this.#story, this.#admin, this.#url).play(await this.#connect('Importer'));
    await this.#deniedAndRevoked(logbook);
  }

  /** Leaves something to decide in the Control Centre. */
  async leaveRequests(): Promise<void> {
    this.#story.title('Left for you to decide');
    const planner = await this.#connect('Trip planner');
    await planner.requestPermission(flightProfile, ['read'], 'To suggest flights that are seldom late');
    await planner.requestPermission(weatherProfile, ['read', 'delete'], 'To show the weather of your trips');
  }

  /** Leaves a keep that is not ours as it was, but for the profiles: they are for good. */
  async tidy(): Promise<void> {
    for (const { app, id } of this.made.instances) await app.ask('DELETE', `/app/v1/view-instances/${id}`);
    for (const id of this.made.templateIds) await this.#admin.deleteViewTemplate(id);
    for (const id of this.made.appIds) await this.#admin.deleteApp(id, true);
  }

  /** In a keep that is not the demo's own, another demo may have left a thing of that name. */
  #named(name: string): string {
    const isOwn = this.#indexTimeFactor !== undefined;
    return isOwn ? name : `${name} ${new Date().toISOString()}`;
  }

  async #connect(name: string): Promise<AppClient> {
    const app = await this.#admin.connectApp(this.#named(name));
    this.made.appIds.push(app.appId);
    this.#story.say(`App "${name}" associated with its one-time token; its id is ${app.appId}.`);
    return app;
  }

  async #consent(app: AppClient): Promise<void> {
    this.#story.title('Profiles, and consent');
    await app.registerProfile(flightProfile, flightSchema);
    await app.registerProfile(weatherProfile, weatherSchema);
    this.#story.say(`Profiles registered: ${flightProfile}, ${weatherProfile}`);
    const [first] = weatherDays();
    await this.#refused('store a day of weather before anyone agreed', app, 'POST', '/app/v1/events', {
      events: [first],
    });
    const wanted: [string, Right[], string][] = [
      [flightProfile, ['read', 'create'], 'To keep your flights'],
      [weatherProfile, ['read', 'create'], 'To tell delays from the weather'],
    ];
    for (const [profile, rights, message] of wanted) {
      const permission = await app.requestPermission(profile, rights, message);
      const decided = await this.#admin.approve(permission.id);
      this.#story.expect('the permission', decided.status, 'approved');
      this.#story.say(`Asked "${message}"; the admin approved ${decided.granted.join(' and ')} on ${profile}.`);
    }
  }

  async #store(app: AppClient, records: readonly Flight[]): Promise<void> {
    this.#story.title('Every record stored');
    const stored = await this.#story.time(
      'flights stored, batches of 1,000',
      () => this.#send(app, records),
      (count) => count,
    );
    this.#story.expect('flights stored', stored, records.length);
    const counted = await app.query(
      { profile: flightProfile, filter: { 'metadata.source': app.appId }, limit: 1 },
      true,
    );
    this.#story.expect('flights counted in the keep', counted.count, records.length);
    this.#story.say(`${records.length.toLocaleString('en-US')} flights stored, and counted again in the keep.`);

    const days = weatherDays();
    const first = await this.#story.time(
      'days of weather stored',
      () => this.#sendAll(app, days),
      ({ accepted }) => accepted,
    );
    this.#story.expect('days stored', first, { accepted: days.length, duplicates: 0 });
    const again = await this.#story.time(
      'the same days sent again',
      () => this.#sendAll(app, days),
      ({ duplicates }) => duplicates,
    );
    this.#story.expect('the same days again', again, { accepted: 0, duplicates: days.length });
    this.#story.say(
      `${days.length.toLocaleString('en-US')} days of weather stored; ` +
        `sent a second time, all were known as duplicates.`,
    );
  }

  async #send(app: AppClient, events: readonly NewEvent[]): Promise<number> {
    const bar = new SingleBar({
      format: '  {bar} {percentage} % | {value} of {total} | {eta_formatted} left',
      noTTYOutput: true,
      notTTYSchedule: 1000,
    });
    bar.start(events.length, 0);
    let next = 0;
    let stored = 0;
    const sender = async () => {
      while (next < events.length) {
        const some = events.slice(next, next + batch);
        next += some.length;
        const { accepted } = await this.#patiently(() => app.sendEvents(some, true));
        stored += accepted;
        bar.update(stored);
      }
    };
    try {
      await Promise.all(Array.from({ length: sendersAtOnce }, sender));
    } finally {
      bar.stop();
    }
    return stored;
  }

  /** A busy keep says 503 and that nothing was done: the same request is sent again a second later. */
  async #patiently<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'storage-busy' || attempt === 30) throw error;
        await delay(1000);
      }
    }
  }

  async #sendAll(app: AppClient, events: readonly NewEvent[]): Promise<{ accepted: number; duplicates: number }> {
    const sum = { accepted: 0, duplicates: 0 };
    for (let first = 0; first < events.length; first += batch) {
      const { accepted, duplicates } = await app.sendEvents(events.slice(first, first + batch), true);
      sum.accepted += accepted;
      sum.duplicates += duplicates;
    }
    return sum;
  }

  async #ask(app: AppClient, records: readonly Flight[]): Promise<void> {
    this.#story.title('Queries');
    const source = { 'metadata.source': app.appId };
    const query = <Payload>(
      name: string,
      body: Record<string, Json>,
      count = false,
    ): Promise<Page<KeepEvent<Payload>>> => this.#story.time(`query: ${name}`, () => app.query<Payload>(body, count));

    const late = await query(
      'flights over two hours late, counted',
      { profile: flightProfile, filter: { ...source, 'payload.delay': { gt: 120 } }, limit: 1 },
      true,
    );
    this.#story.expect(
      'flights over two hours late',
      late.count,
      records.filter(({ payload }) => payload.delay > 120).length,
    );
    this.#story.say(`Flights more than two hours late: ${late.count}`);

    const worst = await query<Flight['payload']>('the five longest delays', {
      profile: flightProfile,
      filter: source,
      sort: [{ field: 'payload.delay', direction: 'descending' }],
      limit: 5,
    });
    const delays = records.map(({ payload }) => payload.delay).toSorted((a, b) => b - a);
    this.#story.expect(
      'the longest delays',
      worst.items.map(({ payload }) => payload.delay),
      delays.slice(0, 5),
    );
    this.#story.say(
      `The longest delays: ${worst.items
        .map(({ payload, metadata }) => `${payload.delay} min (${metadata.createdDate.slice(0, 10)})`)
        .join(', ')}`,
    );

    const snow = await query<{ temperatureMin: number }>('the coldest days of snow', {
      profile: weatherProfile,
      filter: { ...source, 'payload.weather': 'snow' },
      sort: [{ field: 'payload.temperatureMin', direction: 'ascending' }],
      fields: ['payload.temperatureMin'],
      limit: 3,
    });
    this.#story.expect('days of snow on the page', snow.items.length, 3);
    this.#story.say(
      `The coldest days of snow: ${snow.items
        .map(({ payload, metadata }) => `${metadata.createdDate.slice(0, 10)} ${payload.temperatureMin} °C`)
        .join(', ')}`,
    );
  }

  async #answerWithoutData(records: readonly Flight[]): Promise<void> {
    this.#story.title('An answer without the data');
    const planner = await this.#connect('Delay board');
    const template = await this.#admin.makeViewTemplate({
      name: this.#named('Delay by hour'),
      description: 'The mean delay of each hour of one day',
      runtime: 'javascript',
      permissions: [{ profile: flightProfile, rights: ['read'] }],
      files: [{ path: 'main.js', content: delayViewSource }],
    });
    this.made.templateIds.push(template.id);
    const instance = await planner.makeViewInstance(template.id, { profile: flightProfile });
    this.made.instances.push({ app: planner, id: instance.id });
    const day = records[Math.floor(records.length / 2)]?.metadata.createdDate?.slice(0, 10) ?? '';
    await this.#refused(
      'run the view before anyone agreed',
      planner,
      'POST',
      `/app/v1/view-instances/${instance.id}/runs`,
      { clientCustomData: { day } },
      409,
    );
    for (const permission of instance.permissions) await this.#admin.approve(permission.id);
    this.#story.say('The admin read the code, registered it, and lets this instance read flights.');

    const run = await this.#story.time('view: delay by hour of one day', () =>
      this.#finished(planner, instance.id, { day }),
    );
    if (run.state !== 'succeeded') this.#story.expect('the run', run.error ?? run.state, 'succeeded');
    // With other flights in a keep that is not ours, the answer is about those too.
    const expected = delaysOf(records, day);
    const answer = run.result as unknown as HourOfDelay[];
    this.#story.expect(
      'hours with flights',
      answer.map(({ hour }) => hour),
      expected.map(({ hour }) => hour),
    );
    const worst = answer.toSorted((a, b) => b.meanDelay - a.meanDelay)[0];
    const total = answer.reduce((sum, { flights: count }) => sum + count, 0);
    this.#story.say(
      `Mean delay of ${total.toLocaleString('en-US')} flights on ${day}, ` +
        `by hour: ${answer.map(({ hour, meanDelay }) => `${hour} h ${meanDelay}`).join(', ')}`,
    );
    this.#story.say(
      `Worst hour: ${worst?.hour} o'clock with ${worst?.meanDelay} min. ` +
        `The view printed: ${run.logs.map(({ text }) => text.trim()).join(' ')}`,
    );
    if (total === expected.reduce((sum, { flights: count }) => sum + count, 0))
      this.#story.expect("the view's answer", answer, expected);
    await this.#refused('read the flights themselves', planner, 'POST', '/app/v1/events/query', {
      profile: flightProfile,
      limit: 1,
    });
  }

  async #finished(app: AppClient, instanceId: string, data: Json): Promise<Run> {
    let run = await app.run(instanceId, data, 30);
    const deadline = performance.now() + 60_000;
    while (run.state === 'queued' || run.state === 'running') {
      if (performance.now() > deadline) this.#story.expect('the run within a minute', run.state, 'succeeded');
      await delay(100);
      run = await app.ask('GET', `/app/v1/runs/${run.id}`);
    }
    return run;
  }

  async #deniedAndRevoked(app: AppClient): Promise<void> {
    this.#story.title('Denied, and revoked');
    const wanted = await app.requestPermission(flightProfile, ['delete'], 'To clear old flights');
    const denied = await this.#admin.deny(wanted.id, 'Nobody clears my flights');
    this.#story.expect('the permission', denied.status, 'denied');
    const page = await app.query({ profile: flightProfile, filter: { 'metadata.source': app.appId }, limit: 1 });
    this.#story.say(`Asked "${denied.message}"; the admin denied it: "${denied.reason}".`);
    await this.#refused('delete a flight all the same', app, 'DELETE', `/app/v1/events/${page.items[0]?.id}`);

    const { items } = await app.ask<Page<{ id: string; profile: string; status: string }>>(
      'GET',
      '/app/v1/permissions',
    );
    const weather = items.find(
      (permission) => permission.profile === weatherProfile && permission.status === 'approved',
    );
    const revoked = await this.#admin.revoke(weather?.id ?? '', 'The logbook is full');
    this.#story.expect('the permission', revoked.status, 'revoked');
    this.#story.say(`The admin revoked ${weatherProfile}: "${revoked.reason}".`);
    await this.#refused('read the weather with the next call', app, 'POST', '/app/v1/events/query', {
      profile: weatherProfile,
      limit: 1,
    });
  }

  /** Does what must not work, and shows the refusal. */
  async #refused(
    what: string,
    app: AppClient,
    method: string,
    path: string,
    body?: unknown,
    status = 403,
  ): Promise<void> {
    const answer = await app.send<{ code?: string; title?: string }>(method, path, body === undefined ? {} : { body });
    this.#story.expect(`the attempt to ${what}`, answer.status, status);
    this.#story.say(`✗ refused to ${what}: ${answer.status} ${answer.body.code} (${answer.body.title})`);
  }
}
