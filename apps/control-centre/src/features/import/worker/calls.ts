import type { CsvMapping, ImporterName, ReadOptions, RefusedLine, TableForm, Undone } from '@datakeep/importers';
import type { Waiting } from '../../../api/watched-fetch.ts';
import type { Problem } from '../../../api/operations.ts';

/** How a file is read, as far as the owner chose. */
export interface Choices extends Pick<ReadOptions, 'dates' | 'decimal' | 'encoding'> {
  readonly importer?: ImporterName;
  readonly mapping?: Partial<CsvMapping>;
}

export interface Table extends TableForm {
  /** What each profile is called, and which members a column can fill. */
  readonly profiles: readonly {
    readonly name: string;
    readonly title: string;
    readonly members: readonly { readonly name: string; readonly isRequired: boolean }[];
  }[];
}

export interface Shown {
  readonly counts: Readonly<Record<string, number>>;
  readonly rows: readonly {
    readonly line: number;
    readonly profile: string;
    readonly createdDate: string;
    readonly payload: Readonly<Record<string, unknown>>;
  }[];
  readonly refused: number;
  readonly refusals: readonly RefusedLine[];
  readonly notes: readonly string[];
  readonly isWhole: boolean;
}

/** What a file is taken for, and what would be sent of it. */
export interface Look {
  /** Absent where it is not recognised. */
  readonly importer?: ImporterName;
  readonly title: string;
  /** Every kind of file that is known. */
  readonly kinds: readonly { readonly value: ImporterName; readonly label: string }[];
  /** To which its events would go. */
  readonly profiles: readonly string[];
  readonly table?: Table;
  readonly shown?: Shown;
  /** Why nothing is shown. */
  readonly fault?: string;
  /** It is the report of an import, by which that is undone. */
  readonly isReport: boolean;
}

export interface Asked {
  readonly id: string;
  readonly profile: string;
}

export interface Progress {
  readonly added: number;
  readonly known: number;
  readonly refused: number;
  /** Bytes of the file. */
  readonly read: number;
  readonly ms: number;
}

export interface Report extends Omit<Progress, 'read'> {
  readonly refusals: readonly RefusedLine[];
  readonly notes: readonly string[];
  readonly profiles: readonly string[];
  readonly stopped: boolean;
}

/** The import of this browser, or the report in a file. */
export type UndoSource = { readonly importId: number } | { readonly file: File };

/** What the worker does for the page. The token of the app stays in the worker. */
export interface Calls {
  look(given: { readonly file: File; readonly choices: Choices }): Promise<Look>;
  connect(given: { readonly url: string; readonly associationToken: string }): Promise<void>;
  /** What is not granted yet, asked for; undefined where no app is connected. */
  ask(given: {
    readonly profiles: readonly string[];
    readonly right: 'create' | 'delete';
    readonly message: string;
  }): Promise<readonly Asked[] | undefined>;
  run(given: {
    readonly file: File;
    readonly choices: Choices;
    readonly title: string;
    readonly url: string;
  }): Promise<Report & { readonly importId: number }>;
  profilesOf(given: { readonly source: UndoSource; readonly url: string }): Promise<readonly string[]>;
  undo(given: { readonly source: UndoSource; readonly url: string }): Promise<Undone>;
  /** The report as a file, as `datakeep import` writes it beside what it read. */
  report(given: { readonly importId: number }): Promise<Blob>;
}

export type Method = keyof Calls;

export type Failure =
  | { readonly kind: 'fault' | 'other'; readonly message: string }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'unreachable' };

/** To the worker: a call, or the end of one. */
export type ToWorker =
  | { readonly id: number; readonly method: Method; readonly given: unknown }
  | { readonly id: number; readonly stop: true };

export type FromWorker =
  // Of whatever call.
  | { readonly waiting: Waiting | undefined }
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };
