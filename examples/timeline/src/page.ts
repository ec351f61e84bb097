import { type Change, type Datakeep, KeepUnreachable } from '@datakeep/client';
import { Axis } from './axis.ts';
import { dateText, Day, dayLink, hour, timeZone } from './day.ts';
import { Details } from './details.ts';
import { h } from './dom.ts';
import { Figures } from './figures.ts';
import { forget, keepUrl } from './keep.ts';
import { Lane } from './lane.ts';
import { laneKinds } from './lanes/index.ts';
import { Live } from './live.ts';
import { DayMap } from './map.ts';
import { Notes } from './notes.ts';

interface PageOptions {
  readonly onForgotten: () => void;
  /** Whether it is dealt with. */
  readonly onTrouble: (error: unknown) => boolean;
}

/** How often a keep that is away is looked for, ms. */
const lookMs = 3000;
const longDate = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** One day, and what leads to others. */
export class TimelinePage {
  readonly element: HTMLElement;
  readonly #keep: Datakeep;
  readonly #options: PageOptions;
  readonly #title = h('h1');
  readonly #date = h('input', {
    type: 'date',
    'aria-label': 'Date',
    onchange: () => this.#go(Day.of(this.#date.value)),
  });
  readonly #state = h('p', { class: 'state', role: 'status' });
  readonly #elsewhere = h('p', { class: 'elsewhere', 'aria-live': 'polite' });
  readonly #map = new DayMap();
  readonly #details = new Details();
  readonly #lanes: readonly Lane[];
  readonly #axis: Axis;
  readonly #figures: Figures;
  readonly #notes: Notes;
  readonly #live: Live;
  readonly #changed = new Map<string, number>();
  readonly #onKey = (event: KeyboardEvent): void => this.#onKeyOf(event);
  #day: Day;
  #isAway = false;
  readonly #stop = new AbortController();

  constructor(keep: Datakeep, day: Day, options: PageOptions) {
    this.#keep = keep;
    this.#day = day;
    this.#options = options;
    const onTrouble = (error: unknown): boolean => this.#onTrouble(error);
    this.#live = new Live(keep, {
      onChange: (change) => this.#onChange(change),
      onOpen: (isFirst) => {
        this.#setAway(false);
        if (isFirst) this.#eachLane((lane) => lane.refresh());
      },
      onAway: () => this.#setAway(true),
      onRights: () => this.#eachLane((lane) => lane.lookAgain()),
      onTrouble,
    });
    const lanes = h('div', { class: 'lanes' });
    this.#axis = new Axis(day, lanes, (time, isChosen) => this.#showAt(time, isChosen));
    this.#lanes = laneKinds.map(
      (kind) =>
        new Lane(kind, day, {
          keep,
          onContent: () => this.#drawMap(),
          onGranted: () => this.#live.start(),
          onSelect: (span) => this.#details.show(span),
          onTrouble,
        }),
    );
    this.#figures = new Figures(day, { keep, onDay: (other) => this.#go(other), onTrouble });
    this.#notes = new Notes(day, {
      keep,
      onSent: () => this.#lanes.find(({ kind }) => kind.id === 'notes')?.refresh(),
      onTrouble,
    });
    lanes.append(this.#axis.element, ...this.#lanes.map(({ element }) => element));
    this.element = h(
      'div',
      { class: 'page' },
      this.#head(),
      h(
        'main',
        {},
        this.#figures.element,
        this.#elsewhere,
        h('h2', { class: 'unseen' }, 'The day'),
        lanes,
        h('aside', { 'aria-label': 'Map and notes' }, this.#map.element, this.#notes.element),
      ),
      this.#details.element,
    );
    addEventListener('keydown', this.#onKey);
    this.#notes.setTime(this.#axis.time);
    this.#showDay();
  }

  setDay(day: Day): void {
    if (day.date === this.#day.date) return;
    this.#day = day;
    this.#changed.delete(day.date);
    this.#axis.setDay(day);
    this.#figures.setDay(day);
    this.#notes.setDay(day);
    this.#eachLane((lane) => lane.setDay(day));
    this.#showDay();
  }

  close(): void {
    removeEventListener('keydown', this.#onKey);
    this.#stop.abort();
    this.#live.close();
    this.#figures.close();
    this.#notes.close();
    this.#eachLane((lane) => lane.close());
  }

  #head(): HTMLElement {
    const to = (days: number) => (): void => this.#go(this.#day.after(days));
    return h(
      'header',
      { class: 'head' },
      this.#title,
      h(
        'nav',
        { 'aria-label': 'Day' },
        h('button', { 'aria-label': 'Day before', title: 'Day before (←)', onclick: to(-1) }, '←'),
        this.#date,
        h('button', { 'aria-label': 'Day after', title: 'Day after (→)', onclick: to(1) }, '→'),
        h('button', { onclick: () => this.#go(Day.holding(Date.now())) }, 'Today'),
      ),
      h(
        'div',
        { class: 'keep' },
        this.#state,
        h('button', { class: 'quiet', onclick: () => void this.#forget() }, 'Forget this keep'),
      ),
    );
  }

  async #forget(): Promise<void> {
    const waiting = await this.#keep.outbox.pending();
    if (waiting > 0 && !confirm(`${waiting} of your notes are only in this browser yet. Forget them too?`)) return;
    this.close();
    await forget(this.#keep);
    this.#options.onForgotten();
  }

  #go(day: Day | undefined): void {
    if (day !== undefined) location.hash = day.date;
  }

  #showDay(): void {
    this.#title.textContent = longDate.format(this.#day.start);
    document.title = `${dateText(this.#day)} · Timeline`;
    this.#date.value = this.#day.date;
    this.#setAway(this.#isAway);
    this.#drawElsewhere();
  }

  #showAt(time: number, isChosen = false): void {
    // The axis reports its first time before there are lanes.
    this.#eachLane((lane) => lane.showAt(time));
    this.#map.showAt(time);
    if (isChosen) this.#notes?.setTime(time);
  }

  #drawMap(): void {
    const contents = (this.#lanes ?? []).map(({ content }) => content);
    this.#map.draw(
      contents.flatMap(({ ways = [] }) => ways),
      contents.flatMap(({ stays = [] }) => stays),
    );
    this.#showAt(this.#axis.time);
  }

  #eachLane(act: (lane: Lane) => void): void {
    for (const lane of this.#lanes ?? []) act(lane);
  }

  #onChange({ event }: Change): void {
    const { profile, createdDate } = event.metadata;
    const time = Date.parse(createdDate);
    const lane = this.#lanes.find(({ kind }) => Object.hasOwn(kind.profiles, profile));
    if (lane === undefined) return;
    // What began on the evening before may reach into the day.
    if (this.#day.holds(time) || this.#day.holds(time + 12 * hour)) lane.refresh();
    if (this.#day.holds(time)) return;
    const { date } = Day.holding(time);
    this.#changed.set(date, (this.#changed.get(date) ?? 0) + 1);
    this.#drawElsewhere();
  }

  /** Where else something has come since one looked last. */
  #drawElsewhere(): void {
    const days = [...this.#changed].toSorted(([one], [other]) => (one < other ? 1 : -1)).slice(0, 4);
    const links = days.flatMap(([date, count]) => [' ', dayLink(Day.of(date)!, ` (${count.toLocaleString()})`)]);
    this.#elsewhere.replaceChildren(...(days.length === 0 ? [] : ['New in your keep:', ...links]));
  }

  #onTrouble(error: unknown): boolean {
    if (this.#options.onTrouble(error)) return true;
    if (!(error instanceof KeepUnreachable)) return false;
    this.#setAway(true);
    return true;
  }

  #setAway(isAway: boolean): void {
    const wasAway = this.#isAway;
    this.#isAway = isAway;
    const host = new URL(keepUrl() ?? location.href).host;
    this.#state.dataset['state'] = isAway ? 'away' : 'live';
    this.#state.textContent = isAway ? `${host} is away, trying again` : `${host} · ${timeZone}`;
    if (isAway && !wasAway) void this.#waitForKeep();
    if (isAway || !wasAway) return;
    this.#figures.lookAgain();
    void this.#notes.lookAgain();
    this.#eachLane((lane) => lane.lookAgain());
  }

  async #waitForKeep(): Promise<void> {
    while (this.#isAway && !this.#stop.signal.aborted)
      try {
        await new Promise((resolve) => setTimeout(resolve, lookMs));
        await this.#keep.me(this.#stop.signal);
        this.#setAway(false);
      } catch (error) {
        if (!(error instanceof KeepUnreachable)) this.#options.onTrouble(error);
      }
  }

  #onKeyOf(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const isTaken = event.target instanceof Element && event.target.closest('input, textarea, dialog') !== null;
    if (isTaken || event.altKey || event.ctrlKey || event.metaKey) return;
    this.#go(this.#day.after(event.key === 'ArrowLeft' ? -1 : 1));
  }
}
