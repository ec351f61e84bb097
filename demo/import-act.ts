import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { Datakeep } from '../clients/typescript/src/index.ts';
import { blobSource, importers, sendItems, Tally } from '../libs/importers/src/index.ts';
import { sampleFiles } from '../test/support/importers-samples.ts';
import type { AdminClient, AppClient } from '../test/support/keep-client.ts';
import type { Story } from './story.ts';

/** Files that Python libraries ship as samples, from real devices and calendars. */
const samples = [
  { importer: 'gpx', release: 'gpxpy==1.6.2', ending: '.gpx' },
  { importer: 'icalendar', release: 'icalendar==7.3.2', ending: '.ics' },
] as const;
/** Occurrences of what recurs up to this moment, so that each demo has the same. */
const until = new Date('2027-01-01T00:00:00Z');

/** Files of somebody's life become events of the profile library, as `datakeep import` makes them; twice is once. */
export class ImportAct {
  readonly #story: Story;
  readonly #admin: AdminClient;
  readonly #url: string;

  constructor(story: Story, admin: AdminClient, url: string) {
    this.#story = story;
    this.#admin = admin;
    this.#url = url;
  }

  async play(app: AppClient): Promise<void> {
    for (const { importer, release, ending } of samples) {
      const files = await sampleFiles(release, ending);
      if (files.length === 0) continue;
      const [profile] = importers[importer].profiles;
      await app.registerProfile(profile);
      const permission = await app.requestPermission(profile, ['create', 'read'], `To import ${ending} files`);
      await this.#admin.approve(permission.id);
      const title = importers[importer].title;
      const first = await this.#story.time(
        `events of ${title} files imported`,
        () => this.#send(app, importer, files),
        ({ added }) => added,
      );
      this.#story.say(
        `${files.length} ${title} files that ${release.replace('==', ' ')} ships: ${count(first.added)} events of ` +
          `${profile}; ${count(first.refused)} parts that are none.`,
      );
      const [refusal] = first.refusals;
      if (refusal) this.#story.say(`  the first of these: line ${refusal.line}: ${refusal.reason}`);
      const again = await this.#send(app, importer, files);
      this.#story.expect('new events of the same files again', again.added, 0);
      this.#story.say(`The same files again: ${count(again.added)} new, ${count(again.known)} known.`);
      const counted = await app.query({ profile, filter: { 'metadata.source': app.appId }, limit: 1 }, true);
      this.#story.expect(`events of ${profile} in the keep`, counted.count, first.added);
    }
  }

  async #send(app: AppClient, importer: 'gpx' | 'icalendar', files: readonly string[]): Promise<Tally> {
    const keep = Datakeep.connect({ url: this.#url, token: app.token! });
    const tally = new Tally();
    try {
      for (const path of files) {
        const source = blobSource(await openAsBlob(path), basename(path));
        const items = importers[importer].read(source, { timeZone: 'Europe/Berlin', until });
        const done = () => this.#story.progress(`${count(tally.added + tally.known)} events sent`);
        await sendItems(items, { sink: keep.events, tally, note: () => undefined, onProgress: done });
      }
    } finally {
      this.#story.endProgress();
      await keep.close();
    }
    return tally;
  }
}

const count = (number: number): string => number.toLocaleString('en-US');
