import { setTimeout as delay } from 'node:timers/promises';
import type { AdminClient, AppClient, Json, Run } from '../test/support/keep-client.ts';
import { flightProfile, type Flight } from './datasets.ts';
import { delaysOf, delayViewSource, type HourOfDelay } from './delay-view.ts';
import type { Story } from './story.ts';

/** What the walk made in the keep, for the tidying up. */
export interface Made {
  readonly appIds: string[];
  readonly templateIds: string[];
  readonly instances: { app: AppClient; id: string }[];
}

/** An app that gets a view's answer about the flights, and none of the flights. */
export class ViewAct {
  readonly #story: Story;
  readonly #admin: AdminClient;
  readonly #made: Made;

  constructor(story: Story, admin: AdminClient, made: Made) {
    this.#story = story;
    this.#admin = admin;
    this.#made = made;
  }

  /** `name`: of the view template. */
  async play(board: AppClient, name: string, records: readonly Flight[]): Promise<void> {
    const { id: templateId } = await this.#admin.makeViewTemplate({
      name,
      description: 'The mean delay of each hour of one day',
      runtime: 'javascript',
      permissions: [{ profile: flightProfile, rights: ['read'] }],
      files: [{ path: 'main.js', content: delayViewSource }],
    });
    this.#made.templateIds.push(templateId);
    const { id, permissions } = await board.makeViewInstance(templateId, { profile: flightProfile });
    this.#made.instances.push({ app: board, id });
    const day = records[Math.floor(records.length / 2)]?.metadata.createdDate?.slice(0, 10) ?? '';
    const body = { clientCustomData: { day } };
    const early = board.send('POST', `/app/v1/view-instances/${id}/runs`, { body });
    await this.#story.refused('run the view before anyone agreed', early, 409);
    for (const permission of permissions) await this.#admin.approve(permission.id);
    this.#story.say('The admin read the code, registered it, and lets this instance read flights.');

    const run = await this.#story.time('view: delay by hour of one day', () => this.#finished(board, id, { day }));
    if (run.state !== 'succeeded') this.#story.expect('the run', run.error ?? run.state, 'succeeded');
    this.#check(run, day, delaysOf(records, day));
    const query = { profile: flightProfile, limit: 1 };
    const flights = board.send('POST', '/app/v1/events/query', { body: query });
    await this.#story.refused('read the flights themselves', flights);
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

  /** With other flights in a keep that is not ours, the answer is about those too. */
  #check(run: Run, day: string, expected: readonly HourOfDelay[]): void {
    const answer = run.result as unknown as HourOfDelay[];
    const hoursOf = (some: readonly HourOfDelay[]): readonly number[] => some.map(({ hour }) => hour);
    const totalOf = (some: readonly HourOfDelay[]): number => some.reduce((sum, { flights }) => sum + flights, 0);
    this.#story.expect('hours with flights', hoursOf(answer), hoursOf(expected));
    const worst = answer.toSorted((a, b) => b.meanDelay - a.meanDelay)[0];
    this.#story.say(
      `Mean delay of ${totalOf(answer).toLocaleString('en-US')} flights on ${day}, ` +
        `by hour: ${answer.map(({ hour, meanDelay }) => `${hour} h ${meanDelay}`).join(', ')}`,
    );
    this.#story.say(
      `Worst hour: ${worst?.hour} o'clock with ${worst?.meanDelay} min. ` +
        `The view printed: ${run.logs.map(({ text }) => text.trim()).join(' ')}`,
    );
    if (totalOf(answer) === totalOf(expected)) this.#story.expect("the view's answer", answer, expected);
  }
}
