import { KeepError, type Datakeep } from '@datakeep/client';
import { Day, dayLink } from './day.ts';
import { h } from './dom.ts';
import { requestsLink } from './keep.ts';
import { began, type Content, type LaneKind, type Span } from './lane-kind.ts';
import { drawing, listed, textAt } from './lane-drawing.ts';

export interface LaneOptions {
  readonly keep: Datakeep;
  readonly onContent: () => void;
  /** The lane has got a right, so that changes of its profiles can be followed. */
  readonly onGranted: () => void;
  readonly onSelect: (span: Span) => void;
  /** What concerns the whole app, such as a token that ended: whether it is dealt with. */
  readonly onTrouble: (error: unknown) => boolean;
}

type State = 'off' | 'asking' | 'waiting' | 'loading' | 'on' | 'refused' | 'failed';

/** One lane: off until it is switched on; then it asks for its rights, waits for the owner, and shows the day. */
export class Lane {
  readonly kind: LaneKind;
  readonly element: HTMLElement;
  content: Content = {};
  readonly #options: LaneOptions;
  readonly #track = h('div', { class: 'track' });
  readonly #now = h('span', { class: 'now' });
  readonly #said = h('div', { class: 'said', 'aria-live': 'polite' });
  readonly #switch: HTMLInputElement;
  #day: Day;
  #state: State = 'off';
  /** Until the lane is switched off, or on again: it may wait for the owner while one looks at other days. */
  #stop = new AbortController();
  /** Of the reading of one day. */
  #reading = new AbortController();
  #reload: ReturnType<typeof setTimeout> | undefined;
  #may: ReadonlySet<string> = new Set();
  #before: Day | undefined;
  readonly #list = { open: false };

  constructor(kind: LaneKind, day: Day, options: LaneOptions) {
    this.kind = kind;
    this.#day = day;
    this.#options = options;
    const id = `switch-${kind.id}`;
    const onchange = (): void => (this.#switch.checked ? this.switchOn() : this.switchOff());
    this.#switch = h('input', { type: 'checkbox', role: 'switch', id, onchange });
    const title = h('h3', {}, h('label', { for: id }, kind.title));
    const head = h('header', {}, h('div', { class: 'switch' }, this.#switch, title), this.#now);
    this.element = h(
      'section',
      { class: 'lane', 'data-lane': kind.id, 'data-state': 'off' },
      head,
      this.#track,
      this.#said,
    );
    if (localStorage.getItem(this.#storageName) !== null) this.switchOn();
    else this.#show('off');
  }

  get isOn(): boolean {
    return this.#state !== 'off';
  }

  switchOn(again = false): void {
    this.#switch.checked = true;
    localStorage.setItem(this.#storageName, 'on');
    this.#stop.abort();
    this.#stop = new AbortController();
    void this.#ask(again, this.#stop.signal);
  }

  switchOff(): void {
    localStorage.removeItem(this.#storageName);
    this.#stop.abort();
    this.#setContent({});
    this.#show('off');
  }

  /** Ends what it does. */
  close(): void {
    this.#stop.abort();
    clearTimeout(this.#reload);
  }

  setDay(day: Day): void {
    this.#day = day;
    if (!this.isOn) return;
    this.#setContent({});
    if (this.#may.size > 0) void this.#load();
  }

  /** Something of the day has changed; what comes together is read once. */
  refresh(): void {
    clearTimeout(this.#reload);
    this.#reload = setTimeout(() => {
      if (this.#state === 'on' || this.#state === 'failed') void this.#load();
    }, 300);
  }

  /** The owner has decided something, or the keep is back. */
  lookAgain(): void {
    if (this.isOn && this.#state !== 'waiting') this.switchOn();
  }

  /** Says beside the title what there is at a time. */
  showAt(time: number): void {
    this.#now.textContent = textAt(this.content, time);
  }

  async #ask(again: boolean, signal: AbortSignal): Promise<void> {
    const { keep } = this.#options;
    const names = Object.keys(this.kind.profiles);
    this.#show('asking');
    try {
      const decided = await Promise.all(
        names.map(async (profile) => {
          await keep.profiles.registerFromLibrary(profile, { signal });
          const { message } = this.kind;
          const onWaiting = (): void => this.#show('waiting');
          return keep.permissions.ensure({ profile, rights: ['read'], message, signal, again, onWaiting });
        }),
      );
      this.#may = new Set(names.filter((_, index) => decided[index]!.missing.length === 0));
      if (this.#may.size === 0) {
        this.#setContent({});
        return this.#show('refused', decided.find(({ reason }) => reason !== undefined)?.reason);
      }
      this.#options.onGranted();
      await this.#load();
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  async #load(): Promise<void> {
    this.#reading.abort();
    this.#reading = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, this.#reading.signal]);
    if (this.#state !== 'on') this.#show('loading');
    const day = this.#day;
    try {
      const content = await this.kind.load({ keep: this.#options.keep, day, may: this.#may, signal });
      if (signal.aborted || day !== this.#day) return;
      this.#setContent(content);
      this.#before = isEmpty(content) ? await this.#lastBefore(day, signal) : undefined;
      if (!signal.aborted && day === this.#day) this.#show('on');
    } catch (error) {
      this.#fail(error, signal);
    }
  }

  /** Of the days before that have something, the last. */
  async #lastBefore(day: Day, signal: AbortSignal): Promise<Day | undefined> {
    const filter = { 'metadata.createdDate': { lt: new Date(day.start).toISOString() } };
    const { events } = this.#options.keep;
    const last = await Promise.all([...this.#may].map((profile) => events.query({ profile, filter, signal }).first()));
    const times = last.flatMap((event) => (event === undefined ? [] : [began(event)]));
    return times.length === 0 ? undefined : Day.holding(Math.max(...times));
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    // A right was taken back meanwhile: what is left is asked of the keep anew.
    if (error instanceof KeepError && error.is('forbidden')) return void this.#ask(false, this.#stop.signal);
    if (this.#options.onTrouble(error)) return this.#show('failed');
    this.#show('failed', error instanceof KeepError ? error.detail : String(error));
  }

  #setContent(content: Content): void {
    this.content = content;
    const { onSelect } = this.#options;
    this.#track.replaceChildren(...drawing(content, this.#day, onSelect));
    this.#options.onContent();
  }

  #show(state: State, why?: string): void {
    this.#state = state;
    this.element.dataset['state'] = state;
    const again = h('button', { class: 'quiet', onclick: () => this.switchOn(true) }, 'Ask again');
    const retry = h('button', { class: 'quiet', onclick: () => this.switchOn() }, 'Try again');
    const said: Readonly<Record<State, readonly (string | Node)[]>> = {
      off: [`${this.kind.message}.`],
      asking: [],
      waiting: ['Waiting for you: decide on ', requestsLink(), '.'],
      loading: [],
      on: [
        ...(this.content.spans?.length ? [listed(this.content.spans, this.#options.onSelect, this.#list)] : []),
        this.#remarks(),
        ...(this.#before === undefined ? [] : [' The last is of ', dayLink(this.#before), '.']),
        ...(this.#missing().length > 0 ? [` Not allowed: ${this.#missing().join(', ')}. `, again] : []),
      ],
      refused: [`Not allowed${why === undefined ? '' : `: ${why}`}. `, again],
      failed: why === undefined ? ['Your keep does not answer.'] : [`${why} `, retry],
    };
    this.#said.replaceChildren(...said[state]);
  }

  #remarks(): string {
    const { remark = '' } = this.content;
    return isEmpty(this.content) ? `Nothing on this day. ${remark}` : remark;
  }

  #missing(): readonly string[] {
    return Object.entries(this.kind.profiles).flatMap(([name, word]) => (this.#may.has(name) ? [] : [word]));
  }

  get #storageName(): string {
    return `timeline-lane-${this.kind.id}`;
  }
}

const isEmpty = ({ spans = [], curve, bars, ways = [] }: Content): boolean =>
  [spans, curve?.samples ?? [], bars?.samples ?? [], ways].every(({ length }) => length === 0);
