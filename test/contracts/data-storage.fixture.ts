import type { DataStorage, EventQuery, FieldKind, Filter, KeepEvent, NewEvent, SortKey } from '@datakeep/contracts';

/** Where one test's data lies. */
export interface Place {
  /** Opens the engine on this place; the second time with what the first left. */
  open(): Promise<DataStorage>;
  discard(): Promise<void>;
  /**
   * Where writes can be held: the engine writes nothing until the returned function is called, and appends wait
   * meanwhile.
   */
  holdWrites?(): () => void;
}

export interface Harness {
  readonly engine: string;
  /** Whether data outlives `close()`, and whether queues and time are bounded: the oracle's are not. */
  readonly real: boolean;
  place(): Promise<Place>;
}

export const profile = 'contract.example/thing';
export const source = '5'.repeat(24);

let made = 0;

export const newId = (): string => (made += 1).toString(16).padStart(24, '0');

/** An event that differs from every other; `over` sets what the test is about. */
export function anEvent(payload: unknown = {}, over: Partial<NewEvent> = {}): NewEvent {
  const id = newId();
  return {
    id,
    profile,
    source,
    createdAt: made * 1000,
    acceptedAt: 1_700_000_000_000 + made,
    payload: JSON.stringify(payload),
    ...over,
  };
}

/** An event under an identifier; its digest is the payload's text, which is canonical here. */
export function identified(identifier: string, payload: unknown = {}, over: Partial<NewEvent> = {}): NewEvent {
  return anEvent(payload, { identifier, digest: JSON.stringify(payload), createdAtGiven: false, ...over });
}

export const metadataKinds: Readonly<Record<string, FieldKind>> = {
  'metadata.identifier': 'string',
  'metadata.profile': 'string',
  'metadata.source': 'string',
  'metadata.createdDate': 'date',
  'metadata.acceptedDate': 'date',
  'metadata.version': 'number',
  'metadata.modifiedBy': 'string',
};

export function fieldsOf(filter: Filter): string[] {
  if ('children' in filter) return filter.children.flatMap((child) => fieldsOf(child));
  return filter.node === 'not' ? fieldsOf(filter.child) : [filter.field];
}

export const newestFirst: readonly SortKey[] = [{ field: 'metadata.createdDate', direction: 'descending' }];

/** A query with the kinds filled in: `any` where the test does not type a payload field. */
export function aQuery(over: Partial<EventQuery> = {}): EventQuery {
  const sort = over.sort ?? newestFirst;
  const named = sort.map((key) => key.field).concat(over.filter ? fieldsOf(over.filter) : []);
  const kinds = { ...Object.fromEntries(named.map((field) => [field, metadataKinds[field] ?? 'any'])), ...over.kinds };
  const arrays = over.arrays ?? Object.keys(kinds).filter((field) => kinds[field] === 'any');
  return { profile, limit: 100, timeoutMs: 60_000, ...over, sort, kinds, arrays };
}

export async function itemsOf(
  storage: DataStorage,
  over: Partial<EventQuery> = {},
): Promise<KeepEvent<Record<string, unknown>>[]> {
  return JSON.parse((await storage.query(aQuery(over))).itemsJson) as KeepEvent<Record<string, unknown>>[];
}

/** The `name` members of the payloads, in order. */
export async function namesOf(storage: DataStorage, over: Partial<EventQuery> = {}): Promise<unknown[]> {
  return (await itemsOf(storage, over)).map((item) => item.payload['name']);
}

export const code = (expected: string): object => ({ code: expected });
