import type { Datakeep, JsonObject, KeepEvent } from '@datakeep/client';
import type { Day } from './day.ts';

export type Position = readonly [longitude: number, latitude: number];

/** Something that took a while, or happened at one moment. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** On which row it is; default: the first that is free. */
  readonly row?: number;
  readonly event: KeepEvent<unknown>;
}

export interface Sample {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface Figures {
  readonly unit: string;
  readonly samples: readonly Sample[];
}

/** Where one was when. */
export interface Fix {
  readonly at: number;
  readonly position: Position;
}

export interface Stay {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly position: Position;
}

/** What a lane shows of a day. */
export interface Content {
  readonly spans?: readonly Span[];
  readonly curve?: Figures;
  readonly bars?: Figures;
  readonly ways?: readonly (readonly Fix[])[];
  readonly stays?: readonly Stay[];
  /** What is not shown. */
  readonly remark?: string;
}

export interface Asked {
  readonly keep: Datakeep;
  readonly day: Day;
  /** Of the lane's profiles, those that the owner lets the app read. */
  readonly may: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** A lane of the time line. To add one: write a file like those in `lanes/`, and name it in `lanes/index.ts`. */
export interface LaneKind {
  readonly id: string;
  readonly title: string;
  /** Of the profile library, each with the word for it. */
  readonly profiles: Readonly<Record<string, string>>;
  /** What the owner reads beside the request. */
  readonly message: string;
  load(asked: Asked): Promise<Content>;
}

/** The filter for what began within the day, or up to so many ms before. */
export const within = ({ start, end }: Day, before = 0): Record<string, { gte: string; lt: string }> => ({
  'metadata.createdDate': { gte: new Date(start - before).toISOString(), lt: new Date(end).toISOString() },
});

/** At most so many of the events of a profile, oldest first; none where the app may not read it. */
export async function eventsOf<Payload = JsonObject>(
  { keep, day, may, signal }: Asked,
  profile: string,
  { before = 0, limit = 2000 }: { readonly before?: number; readonly limit?: number } = {},
): Promise<readonly KeepEvent<Payload>[]> {
  if (!may.has(profile)) return [];
  const sort = [{ field: 'metadata.createdDate' }];
  const pageSize = 1000;
  return keep.events.query<Payload>({ profile, filter: within(day, before), sort, pageSize, limit, signal }).toArray();
}

export const began = ({ metadata }: KeepEvent<unknown>): number => Date.parse(metadata.createdDate);

/** Those that reach into the day. */
export const reaching = <Part extends { readonly from: number; readonly to: number }>(
  day: Day,
  parts: readonly Part[],
): readonly Part[] => parts.filter(({ from, to }) => from < day.end && (to > day.start || from >= day.start));
