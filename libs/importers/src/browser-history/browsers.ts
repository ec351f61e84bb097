export type VisitRow = Readonly<Record<string, unknown>>;

/** How one family of browsers keeps its history. */
export interface BrowserKind {
  /** As the events name it. */
  readonly name: string;
  readonly tables: readonly [visits: string, addresses: string];
  /** Milliseconds from 1970 on to the begin of its count of time. */
  readonly epoch: number;
  /** A page of visits behind the one whose number is bound, in the order of their numbers. */
  readonly sql: string;
  /** Of what is no visit of a person: frames within a page, and downloads. */
  readonly isLeftOut: (kind: number) => boolean;
}

/** The longest address of `library/web-visit`, and one more to see that there is more. */
const address = (column: string): string => `substr(${column}, 1, 10001)`;
const title = (column: string): string => `substr(${column}, 1, 2000)`;
const page = 'WHERE v.rowid > ? ORDER BY v.rowid LIMIT 500';

export const browserKinds: readonly BrowserKind[] = [
  {
    // Chrome, Edge, Brave, Opera and Vivaldi keep theirs alike.
    name: 'Chromium',
    tables: ['visits', 'urls'],
    epoch: Date.UTC(1601, 0, 1),
    sql: `SELECT v.rowid AS id, v.visit_time / 1000 AS ms, ${address('u.url')} AS url, ${title('u.title')} AS title,
        ${address('o.url')} AS referrer, v.visit_duration / 1000000.0 AS spent, v.transition AS kind
      FROM visits v CROSS JOIN urls u ON u.rowid = v.url
        LEFT JOIN visits f ON f.rowid = v.from_visit LEFT JOIN urls o ON o.rowid = f.url ${page}`,
    // The lowest byte of a transition is its kind: of a frame that loaded itself, of one that was followed.
    isLeftOut: (kind) => (kind & 0xff) === 3 || (kind & 0xff) === 4,
  },
  {
    name: 'Firefox',
    tables: ['moz_historyvisits', 'moz_places'],
    epoch: 0,
    sql: `SELECT v.rowid AS id, v.visit_date / 1000 AS ms, ${address('p.url')} AS url, ${title('p.title')} AS title,
        ${address('o.url')} AS referrer, NULL AS spent, v.visit_type AS kind
      FROM moz_historyvisits v CROSS JOIN moz_places p ON p.rowid = v.place_id
        LEFT JOIN moz_historyvisits f ON f.rowid = v.from_visit LEFT JOIN moz_places o ON o.rowid = f.place_id ${page}`,
    // Embedded, download, link within a frame.
    isLeftOut: (kind) => kind === 4 || kind === 7 || kind === 8,
  },
  {
    name: 'Safari',
    tables: ['history_visits', 'history_items'],
    epoch: Date.UTC(2001, 0, 1),
    sql: `SELECT v.rowid AS id, v.visit_time * 1000 AS ms, ${address('i.url')} AS url, ${title('v.title')} AS title,
        NULL AS referrer, NULL AS spent, 0 AS kind
      FROM history_visits v CROSS JOIN history_items i ON i.rowid = v.history_item ${page}`,
    isLeftOut: () => false,
  },
];
