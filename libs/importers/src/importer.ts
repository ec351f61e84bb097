/** A file of somebody's data. */
export interface Source {
  readonly name: string;
  /** All of it from its begin, each time. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Of a file on a disk. */
  readonly disk?: {
    /** The file whose name is that of this one and a suffix, where it is there. */
    beside(suffix: string): Promise<Source | undefined>;
    /** Makes an empty folder for copies, which is to be removed. */
    makeFolder(): string;
  };
  /** Where the file can be read at any place, as archives need it. */
  readonly range?: {
    readonly size: number;
    /** From `start` up to and without `end`. */
    read(start: number, end: number): Promise<Uint8Array>;
  };
}

export interface ImportedEvent {
  readonly kind: 'event';
  /** Of the profile library. */
  readonly profile: string;
  /** The same for the same event of the same source, in whatever file it comes. */
  readonly identifier: string;
  /** When it happened, RFC 3339 in UTC. */
  readonly createdDate: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly line: number;
}

/** A part of the file of which no event is made. */
export interface RefusedPart {
  readonly kind: 'refused';
  readonly line: number;
  readonly reason: string;
}

/** What a person should know of how the file was read. */
export interface ImportNote {
  readonly kind: 'note';
  readonly text: string;
}

export type ImportItem = ImportedEvent | RefusedPart | ImportNote;

/** What is read of one part of a file, or why no event is. */
export type Made = Omit<ImportedEvent, 'kind' | 'line'> | string;

/** `place` is said before why there is no event. */
export const itemOf = (made: Made, line: number, place = ''): ImportItem =>
  typeof made === 'string'
    ? { kind: 'refused', line, reason: `${place}${made}`.slice(0, 500) }
    : { kind: 'event', ...made, line };

/** The file cannot be read as what it was taken for; the message is for the user. */
export class ImportFault extends Error {
  override readonly name = 'ImportFault';
}
