import type { Undone } from '@datakeep/importers';
import { isProblem } from '../../api/problem.ts';
import { session } from '../../api/session.ts';
import type { Waiting } from '../../api/watched-fetch.ts';
import { saveFile } from '../../components/ui/save-file.ts';
import { approve, associationToken, deny, denyUnanswered } from './admin.ts';
import { ImportError, ImportWorker } from './import-worker.ts';
import type { Asked, Choices, Look, Progress, Report, UndoSource } from './worker/calls.ts';

/** What the app does once it may. */
export type Work =
  | { readonly kind: 'import'; readonly file: File; readonly choices: Choices; readonly look: Look }
  | { readonly kind: 'undo'; readonly file: string; readonly source: UndoSource; readonly profiles: readonly string[] };

export type Stage =
  | { readonly at: 'choose' }
  | { readonly at: 'looking'; readonly file: File }
  | {
      readonly at: 'looked';
      readonly file: File;
      readonly choices: Choices;
      readonly look: Look;
      readonly isLookingAgain?: boolean;
      readonly isDenied?: boolean;
    }
  | { readonly at: 'asking'; readonly work: Work; readonly asked: readonly Asked[] }
  | {
      readonly at: 'working';
      readonly work: Work;
      readonly progress?: Progress;
      readonly undone?: Undone;
      readonly waiting?: Waiting | undefined;
    }
  | { readonly at: 'imported'; readonly work: Work; readonly report: Report & { readonly importId: number } }
  | { readonly at: 'undone'; readonly work: Work; readonly undone: Undone; readonly isStopped: boolean }
  | {
      readonly at: 'failed';
      readonly work?: Work;
      readonly progress?: Progress;
      readonly undone?: Undone;
      readonly error: unknown;
    };

const url = location.origin;

/** An import from its file to its report. It goes on while other pages are looked at, and ends with the session. */
class ImportFlow {
  #stage: Stage = { at: 'choose' };
  readonly #worker = new ImportWorker((waiting) => {
    this.#waiting = waiting;
    if (this.#stage.at === 'working') this.#set(this.#stage);
  });
  #waiting: Waiting | undefined;
  readonly #listeners = new Set<() => void>();
  #stopping = new AbortController();
  /** Counts what was begun: what an earlier one finds is dropped. */
  #begun = 0;

  constructor() {
    session.subscribe(() => {
      if (session.state !== 'signed-out') return;
      this.#worker.end();
      this.choose();
    });
    // What only this page can answer to would wait for ever.
    addEventListener('pagehide', () => {
      if (this.#stage.at !== 'asking') return;
      for (const { id } of this.#stage.asked) denyUnanswered(id).catch(() => undefined);
    });
  }

  readonly get = (): Stage => this.#stage;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  choose(): void {
    this.#begun += 1;
    this.#set({ at: 'choose' });
  }

  /** Reads the begin of the file, and again with each other choice. */
  async look(file: File, choices: Choices = {}): Promise<void> {
    const now = this.#stage;
    const isAgain = now.at === 'looked' && now.file === file;
    this.#set(isAgain ? { ...now, choices, isLookingAgain: true } : { at: 'looking', file });
    this.#begun += 1;
    const mine = this.#begun;
    try {
      const look = await this.#worker.call('look', { file, choices });
      if (mine !== this.#begun) return;
      if (look.isReport) await this.undo({ file }, file.name);
      else this.#set({ at: 'looked', file, choices, look });
    } catch (error) {
      if (mine === this.#begun) this.#set({ at: 'failed', error });
    }
  }

  async undo(source: UndoSource, file: string): Promise<void> {
    this.#begun += 1;
    const mine = this.#begun;
    const work = { kind: 'undo', file, source } as const;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#set({ at: 'working', work: { ...work, profiles: [] } });
    try {
      const profiles = await this.#worker.call('profilesOf', { source, url });
      if (mine !== this.#begun) return;
      if (signal.aborted) this.choose();
      else await this.begin({ ...work, profiles });
    } catch (error) {
      if (mine === this.#begun) this.#set({ at: 'failed', error });
    }
  }

  /** Asks for what is not granted yet; where nothing is left to ask for, does it. */
  async begin(work: Work): Promise<void> {
    this.#begun += 1;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#set({ at: 'working', work });
    try {
      const asked = await this.#ask(work);
      if (signal.aborted) this.#leave(work);
      else if (asked.length === 0) await this.proceed(work);
      else this.#set({ at: 'asking', work, asked });
    } catch (error) {
      if (signal.aborted) this.#leave(work);
      else this.#set({ at: 'failed', work, error });
    }
  }

  async decide(isGranted: boolean): Promise<void> {
    const stage = this.#stage;
    if (stage.at !== 'asking') return;
    const { work, asked } = stage;
    for (const { id } of asked) await (isGranted ? approve(id, rightOf(work)) : deny(id));
    if (isGranted) await this.proceed(work);
    else this.denied(work);
  }

  denied(work: Work): void {
    this.#leave(work, true);
  }

  /** Back to where it was begun. */
  #leave(work: Work, isDenied = false): void {
    if (work.kind === 'undo') this.choose();
    else this.#set({ at: 'looked', file: work.file, choices: work.choices, look: work.look, isDenied });
  }

  /** Once all is granted, here or on the page of requests. */
  async proceed(work: Work): Promise<void> {
    if (this.#stage.at === 'working' && this.#stage.progress) return;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    let progress: Progress | undefined;
    let undone: Undone = { deleted: 0, gone: 0, changed: 0 };
    this.#waiting = undefined;
    this.#set({ at: 'working', work });
    try {
      if (work.kind === 'undo') {
        const onProgress = (now: Undone): void => {
          undone = now;
          this.#set({ at: 'working', work, undone });
        };
        undone = await this.#worker.call('undo', { source: work.source, url }, { signal, onProgress });
        this.#set({ at: 'undone', work, undone, isStopped: false });
        return;
      }
      const { file, choices, look } = work;
      const report = await this.#worker.call(
        'run',
        { file, choices, title: look.title, url },
        {
          signal,
          onProgress: (now: Progress) => {
            progress = now;
            this.#set({ at: 'working', work, progress: now });
          },
        },
      );
      this.#set({ at: 'imported', work, report });
    } catch (error) {
      // An import that is stopped has a report; of an undoing the rest is left as it was.
      if (signal.aborted && work.kind === 'undo') this.#set({ at: 'undone', work, undone, isStopped: true });
      else this.#set({ at: 'failed', work, error, undone, ...(progress ? { progress } : {}) });
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** What was added, as a file by which it is taken back. */
  async saveReport(importId: number, file: string): Promise<void> {
    saveFile(`${file}.import.ndjson`, await this.#worker.call('report', { importId }));
  }

  async #ask(work: Work): Promise<readonly Asked[]> {
    const profiles = work.kind === 'import' ? work.look.profiles : work.profiles;
    const message = work.kind === 'import' ? `To import ${work.look.title} files` : 'To take back an import';
    const given = { profiles, right: rightOf(work), message };
    try {
      const asked = await this.#worker.call('ask', given);
      if (asked !== undefined) return asked;
    } catch (error) {
      // Another tab took the app's place, or its token was revoked.
      if (!isProblem(error, 'unauthenticated')) throw error;
    }
    await this.#worker.call('connect', { url, associationToken: await associationToken() });
    return (await this.#worker.call('ask', given))!;
  }

  #set(stage: Stage): void {
    // What ends with the session has no message.
    if (session.state === 'signed-out' && stage.at !== 'choose') return;
    this.#stage = stage.at === 'working' ? { ...stage, waiting: this.#waiting } : stage;
    if (stage.at === 'working') addEventListener('beforeunload', warn);
    else removeEventListener('beforeunload', warn);
    for (const listener of this.#listeners) listener();
  }
}

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

export const rightOf = ({ kind }: Work): 'create' | 'delete' => (kind === 'import' ? 'create' : 'delete');
export const isFaultOfFile = (error: unknown): error is ImportError => error instanceof ImportError;
export const importFlow = new ImportFlow();
