import type { Datakeep, RefusedOutboxEvent } from '@datakeep/client';
import { timeText, type Day } from './day.ts';
import { h } from './dom.ts';

const profile = 'library/note';
/** How often what waits is looked at, ms: the outbox sends by itself. */
const lookMs = 1000;

interface WrittenNote {
  readonly identifier: string;
  readonly at: number;
  readonly text: string;
}

interface NotesOptions {
  readonly keep: Datakeep;
  /** A note has reached the keep. */
  readonly onSent: () => void;
  readonly onTrouble: (error: unknown) => boolean;
}

/** Notes that one adds. They wait in this browser, across reloads, until the keep has taken them. */
export class Notes {
  readonly element: HTMLElement;
  readonly #options: NotesOptions;
  readonly #list = h('ul', { class: 'notes', 'aria-live': 'polite' });
  readonly #text = h('textarea', { id: 'note', rows: 2, required: true, maxlength: 10_000 });
  readonly #at = h('input', { id: 'note-time', type: 'time', required: true });
  readonly #stop = new AbortController();
  #day: Day;
  #waiting: readonly WrittenNote[] = [];
  #sent: readonly WrittenNote[] = [];
  #isDenied = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(day: Day, options: NotesOptions) {
    this.#day = day;
    this.#options = options;
    const onsubmit = (event: SubmitEvent): void => {
      event.preventDefault();
      void this.#add();
    };
    const onkeydown = (event: KeyboardEvent): void => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
        this.element.querySelector('form')!.requestSubmit();
    };
    this.#text.addEventListener('keydown', onkeydown);
    this.element = h(
      'section',
      { class: 'note-taking', 'aria-labelledby': 'notes-title' },
      h('h2', { id: 'notes-title' }, 'Add a note'),
      h(
        'form',
        { onsubmit },
        h('label', { for: 'note-time' }, 'At'),
        this.#at,
        h('label', { for: 'note', class: 'unseen' }, 'Note'),
        this.#text,
        h('button', { class: 'primary' }, 'Add'),
      ),
      this.#list,
    );
    void this.lookAgain();
  }

  setDay(day: Day): void {
    this.#day = day;
    this.#sent = [];
    void this.#look();
  }

  /** The moment that a new note is about. */
  setTime(time: number): void {
    if (this.#text.value === '') this.#at.value = timeText(time);
  }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  async #add(): Promise<void> {
    const [hours, minutes] = this.#at.value.split(':').map(Number);
    const createdDate = new Date(new Date(this.#day.start).setHours(hours!, minutes));
    await this.#options.keep.outbox.add({ profile, payload: { text: this.#text.value.trim() }, createdDate });
    this.#text.value = '';
    await this.lookAgain();
  }

  /** Asks for the right to add what waits, and sends it. To be called when the keep is back as well. */
  async lookAgain(): Promise<void> {
    await this.#look();
    if (this.#waiting.length === 0) return;
    const { keep, onTrouble } = this.#options;
    try {
      const message = 'To store the notes that you write here';
      await keep.profiles.registerFromLibrary(profile, { signal: this.#stop.signal });
      const asked = { profile, rights: ['create'] as const, message, signal: this.#stop.signal };
      this.#isDenied = (await keep.permissions.ensure(asked)).missing.length > 0;
      if (!this.#isDenied) await keep.outbox.flush();
    } catch (error) {
      // The keep is away: the outbox tries again by itself.
      if (!this.#stop.signal.aborted) onTrouble(error);
    }
    await this.#look();
  }

  /** What waits, what was refused, and what was sent since the page was opened. */
  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted) return;
    const { outbox } = this.#options.keep;
    const waiting = (await outbox.waiting()).map(({ metadata, payload }) => ({
      identifier: metadata.identifier!,
      at: Date.parse(metadata.createdDate!),
      text: String(payload['text']),
    }));
    const refused = await outbox.refused();
    const isThere = new Set([
      ...waiting.map(({ identifier }) => identifier),
      ...refused.map(({ event }) => event.metadata.identifier),
    ]);
    const left = this.#waiting.filter(({ identifier }) => !isThere.has(identifier));
    if (left.length > 0) this.#options.onSent();
    this.#sent = [...this.#sent, ...left];
    this.#waiting = waiting;
    this.#draw(refused);
    if (waiting.length > 0) this.#timer = setTimeout(() => void this.#look(), lookMs);
  }

  #draw(refused: readonly RefusedOutboxEvent[]): void {
    const { outbox } = this.#options.keep;
    const why = this.#isDenied
      ? 'Waits: you do not let Timeline add notes'
      : 'Waits in this browser until your keep has taken it';
    const act = (name: string, does: () => Promise<void>): HTMLElement =>
      h('button', { class: 'quiet', onclick: () => void does().then(() => this.#look()) }, name);
    this.#list.replaceChildren(
      ...this.#waiting.map((note) => item(note, 'waiting', why)),
      ...refused.map(({ id, event, reason }) => {
        const note = {
          identifier: '',
          at: Date.parse(event.metadata.createdDate!),
          text: String(event.payload['text']),
        };
        const detail = reason.errors[0]?.detail ?? reason.detail;
        return item(
          note,
          'refused',
          `Refused: ${detail}`,
          act('Try again', () => outbox.retry(id)),
          act('Discard', () => outbox.discard(id)),
        );
      }),
      ...this.#sent.map((note) => item(note, 'sent', 'In your keep')),
    );
  }
}

function item({ at, text }: WrittenNote, state: string, said: string, ...acts: readonly HTMLElement[]): HTMLElement {
  const when = h(
    'time',
    { datetime: new Date(at).toISOString() },
    `${new Date(at).toLocaleDateString()} ${timeText(at)}`,
  );
  return h('li', { 'data-state': state }, h('p', {}, text), h('p', { class: 'said' }, when, ` · ${said} `, ...acts));
}
