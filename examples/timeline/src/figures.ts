import { type Datakeep, KeepError, type Permission, type ViewInstance, type ViewTemplate } from '@datakeep/client';
import { type Day, timeZone } from './day.ts';
import { h } from './dom.ts';
import { keepUrl, requestsLink } from './keep.ts';

/** The view of the folder `view`, as the owner registered it. */
const templateName = 'Week in figures';
const behind = ['step-count', 'heart-rate', 'sleep', 'place-visit', 'track'].map((name) => `library/${name}`);
const storageName = 'timeline-figures';

interface DayFigures {
  readonly date: string;
  readonly steps: number | null;
  readonly restingHeartRate: number | null;
  readonly hoursSlept: number | null;
  readonly placesVisited: number | null;
  readonly metres: number | null;
}

interface FiguresOptions {
  readonly keep: Datakeep;
  readonly onDay: (day: Day) => void;
  readonly onTrouble: (error: unknown) => boolean;
}

const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
/** What is shown of a day, with its unit. */
const rows: readonly (readonly [keyof DayFigures, string, (value: number) => string])[] = [
  ['steps', 'steps', (value) => numbers.format(value)],
  ['hoursSlept', 'h slept', (value) => numbers.format(value)],
  ['restingHeartRate', 'bpm at rest', (value) => numbers.format(value)],
  ['metres', 'km', (value) => numbers.format(value / 1000)],
  ['placesVisited', 'places', (value) => numbers.format(value)],
];

/** The week: a way to go from day to day, with figures that the keep computes by a view, and the page never could. */
export class Figures {
  readonly element: HTMLElement;
  readonly #options: FiguresOptions;
  readonly #days = h('ol', { class: 'days' });
  readonly #said = h('p', { class: 'said', 'aria-live': 'polite' });
  #day: Day;
  #stop = new AbortController();
  #known: ReadonlyMap<string, DayFigures> = new Map();

  constructor(day: Day, options: FiguresOptions) {
    this.#day = day;
    this.#options = options;
    this.element = h('section', { class: 'week', 'aria-label': 'The week' }, this.#days, this.#said);
    this.setDay(day);
  }

  setDay(day: Day): void {
    this.#day = day;
    this.#draw();
    if (this.#known.has(day.date)) return;
    if (localStorage.getItem(storageName) !== null) this.#begin();
    else this.#offer();
  }

  /** The keep is back, or the owner has decided something. */
  lookAgain(): void {
    if (localStorage.getItem(storageName) !== null) this.#begin();
  }

  close(): void {
    this.#stop.abort();
  }

  #offer(): void {
    const onclick = (): void => {
      localStorage.setItem(storageName, 'on');
      this.#begin();
    };
    this.#say(
      h('button', { onclick }, 'Show the week in figures'),
      ' Your keep computes them by a view; the data behind them does not leave it.',
    );
  }

  #begin(again = false): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    void this.#show(this.#stop.signal, again);
  }

  async #show(signal: AbortSignal, again: boolean): Promise<void> {
    const { keep, onTrouble } = this.#options;
    try {
      const template = await this.#template(signal);
      if (template === undefined) return;
      const instance = await instanceOf(keep, template, again);
      const onWaiting = (): void =>
        this.#say('Waiting for you: decide on ', requestsLink(), ' what the view may read.');
      const { missing } = await keep.views.permitted(instance.id, { signal, onWaiting });
      if (missing.length > 0) {
        const button = h('button', { class: 'quiet', onclick: () => this.#begin(true) }, 'Ask again');
        const profiles = [...new Set(missing.map(({ profile }) => profile))].join(', ');
        return this.#say(`No figures: you do not let the view read ${profiles}. `, button);
      }
      const week = this.#day.week();
      const clientCustomData = { from: week[0]!.date, to: week[6]!.date };
      const begun = await keep.views.run(instance.id, { clientCustomData, wait: 10, signal });
      const { state, result, error } = await keep.views.finished(begun.id, signal);
      if (state !== 'succeeded') return this.#say(`The view did not come to an end: ${error?.message ?? state}`);
      const { days } = result as { readonly days: readonly DayFigures[] };
      this.#known = new Map(days.map((figures) => [figures.date, figures]));
      this.#draw();
      await this.#sayWhatItSaw(template);
    } catch (error) {
      if (signal.aborted) return;
      if (!onTrouble(error)) this.#say(error instanceof KeepError ? error.detail : String(error));
    }
  }

  async #template(signal: AbortSignal): Promise<ViewTemplate | undefined> {
    for await (const template of this.#options.keep.views.templates({ signal }))
      if (template.name === templateName) return template;
    // A view can be registered once its profiles are.
    for (const profile of behind) await this.#options.keep.profiles.registerFromLibrary(profile, { signal });
    const onclick = (): void => this.#begin();
    this.#say(
      `Your keep has no view “${templateName}” yet. You can register it: `,
      h('code', {}, `npx datakeep view push examples/timeline/view --url ${keepUrl()}`),
      ' ',
      h('button', { class: 'quiet', onclick }, 'Look again'),
    );
    return undefined;
  }

  /** What the page itself may read of what the view has read. */
  async #sayWhatItSaw({ permissions }: ViewTemplate): Promise<void> {
    const { permissions: own } = await this.#options.keep.me();
    const readable = new Set(
      own
        .filter((one) => isApproved(one) && one.viewInstanceId === undefined && one.granted.includes('read'))
        .map(({ profile }) => profile),
    );
    const seen = permissions.filter(({ profile }) => readable.has(profile)).length;
    this.#say(
      'Computed in your keep by the view “Week in figures”. ',
      h(
        'strong',
        {},
        `Of the ${permissions.length} profiles behind these figures, this page may read ${seen || 'none'}.`,
      ),
    );
  }

  #draw(): void {
    const week = this.#day.week();
    const most = Math.max(1, ...week.map(({ date }) => this.#known.get(date)?.steps ?? 0));
    this.#days.replaceChildren(
      ...week.map((day) => {
        const figures = this.#known.get(day.date);
        const facts = rows.flatMap(([name, unit, text]) => {
          const value = figures?.[name];
          return typeof value === 'number' ? [h('span', { class: name }, h('b', {}, text(value)), ` ${unit}`)] : [];
        });
        const button = h(
          'button',
          {
            'aria-current': day.date === this.#day.date ? 'date' : undefined,
            style: `--steps:${((figures?.steps ?? 0) / most).toFixed(3)}`,
            onclick: () => this.#options.onDay(day),
          },
          h('span', { class: 'weekday' }, weekday.format(day.start), ' ', h('b', {}, new Date(day.start).getDate())),
          ...facts,
        );
        return h('li', {}, button);
      }),
    );
  }

  #say(...said: readonly (string | Node)[]): void {
    this.#said.replaceChildren(...said);
  }
}

const isApproved = ({ status }: Permission): boolean => status === 'approved';

/** The app's instance for this time zone, or a new one. It fixes the zone: only whole days of it can be asked for. */
async function instanceOf(keep: Datakeep, { id }: ViewTemplate, again: boolean): Promise<ViewInstance> {
  for await (const instance of keep.views.instances()) {
    const { timeZone: fixed } = (instance.configuration ?? {}) as { readonly timeZone?: string };
    if (instance.viewTemplateId !== id || fixed !== timeZone) continue;
    if (!again) return instance;
    await keep.views.deleteInstance(instance.id);
  }
  return keep.views.createInstance(id, { timeZone });
}
