import type { AdminClient, AppClient, Page, Right } from '../test/support/keep-client.ts';
import { flightProfile, flightSchema, weatherDays, weatherProfile, weatherSchema, type Flight } from './datasets.ts';
import { ImportAct } from './import-act.ts';
import { IndexAct } from './index-act.ts';
import { QueryAct } from './query-act.ts';
import { StoreAct } from './store-act.ts';
import type { Story } from './story.ts';
import { type Made, ViewAct } from './view-act.ts';

/** The whole of what Datakeep is for, once, on real data. */
export class Walk {
  readonly #made: Made = { appIds: [], templateIds: [], instances: [] };
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
    const [story, admin, records] = [this.#story, this.#admin, this.#records];
    story.title('Every record stored');
    await new StoreAct(story).play(logbook, records);
    story.title('Queries');
    await new QueryAct(story).play(logbook, records);
    story.title('An index that makes itself');
    await new IndexAct(story, admin, logbook).play(records, this.#indexTimeFactor);
    story.title('An answer without the data');
    const board = await this.#connect('Delay board');
    await new ViewAct(story, admin, this.#made).play(board, this.#named('Delay by hour'), records);
    const importer = await this.#connect('Importer');
    story.title('Your own data, by the importers');
    await new ImportAct(story, admin, this.#url).play(importer);
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
    for (const { app, id } of this.#made.instances) await app.ask('DELETE', `/app/v1/view-instances/${id}`);
    for (const id of this.#made.templateIds) await this.#admin.deleteViewTemplate(id);
    for (const id of this.#made.appIds) await this.#admin.deleteApp(id, true);
  }

  /** In a keep that is not the demo's own, another demo may have left a thing of that name. */
  #named(name: string): string {
    const isOwn = this.#indexTimeFactor !== undefined;
    return isOwn ? name : `${name} ${new Date().toISOString()}`;
  }

  async #connect(name: string): Promise<AppClient> {
    const app = await this.#admin.connectApp(this.#named(name));
    this.#made.appIds.push(app.appId);
    this.#story.say(`App "${name}" associated with its one-time token; its id is ${app.appId}.`);
    return app;
  }

  async #consent(app: AppClient): Promise<void> {
    this.#story.title('Profiles, and consent');
    await app.registerProfile(flightProfile, flightSchema);
    await app.registerProfile(weatherProfile, weatherSchema);
    this.#story.say(`Profiles registered: ${flightProfile}, ${weatherProfile}`);
    const [first] = weatherDays();
    const early = app.send('POST', '/app/v1/events', { body: { events: [first] } });
    await this.#story.refused('store a day of weather before anyone agreed', early);
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

  async #deniedAndRevoked(app: AppClient): Promise<void> {
    this.#story.title('Denied, and revoked');
    const wanted = await app.requestPermission(flightProfile, ['delete'], 'To clear old flights');
    const denied = await this.#admin.deny(wanted.id, 'Nobody clears my flights');
    this.#story.expect('the permission', denied.status, 'denied');
    const page = await app.query({ profile: flightProfile, filter: { 'metadata.source': app.appId }, limit: 1 });
    this.#story.say(`Asked "${denied.message}"; the admin denied it: "${denied.reason}".`);
    const deleted = app.send('DELETE', `/app/v1/events/${page.items[0]?.id}`);
    await this.#story.refused('delete a flight all the same', deleted);

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
    const days = app.send('POST', '/app/v1/events/query', { body: { profile: weatherProfile, limit: 1 } });
    await this.#story.refused('read the weather with the next call', days);
  }
}
