/** The steps of a payload path: `payload.a.b` gives `a`, `b`. */
export function payloadSteps(field: string): string[] {
  return field.split('.').slice(1);
}

/**
 * The longest field that is written into a statement: 50 comparisons that each name it several times stay below the
 * reading connection's limit of 64 KiB.
 */
export const longestPlain = 120;

export const isPayloadField = (field: string): boolean => field.startsWith('payload.');

/**
 * The path as SQLite's JSON functions read it. A plain name is written as it is, any other as a JSON string, which is
 * how SQLite reads a quoted label. Trap: for SQLite a NUL ends a member's name, so that `$.n` finds `"n\u0000x"`;
 * `readJson` refuses such names at the event service.
 */
export function pathText(steps: readonly string[]): string {
  return `$.${steps.map((step) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? step : JSON.stringify(step))).join('.')}`;
}

/** The same as an SQL literal. */
export function pathLiteral(steps: readonly string[]): string {
  return `'${pathText(steps).replaceAll("'", "''")}'`;
}

/**
 * The value of a payload field that meets no array. Queries and expression indexes share this one spelling: SQLite
 * matches an index by the expression's text.
 */
export function payloadValue(field: string): string {
  return `json_extract(payload,${pathLiteral(payloadSteps(field))})`;
}

/** The JSON type of the same: null where it is absent, 'null' where it is null. */
export function payloadType(field: string): string {
  return `json_type(payload,${pathLiteral(payloadSteps(field))})`;
}

/** A metadata field's expression; undefined for one that no event has. The profile is that of the query. */
export function metadataValue(field: string): string | undefined {
  return metadataExpressions.get(field);
}

const metadataExpressions = new Map([
  ['metadata.identifier', 'identifier'],
  ['metadata.profile', '(SELECT name FROM profiles WHERE code = events.profile)'],
  ['metadata.source', '(SELECT name FROM sources WHERE code = events.source)'],
  ['metadata.createdDate', 'created'],
  ['metadata.acceptedDate', 'accepted'],
  ['metadata.version', 'version'],
  ['metadata.modifiedBy', '(SELECT name FROM sources WHERE code = events.modified_by)'],
]);

/** Whether a metadata field holds text; the others hold integers. */
export const isMetadataText = (field: string): boolean => metadataTexts.has(field);
const metadataTexts: ReadonlySet<string> = new Set(
  ['identifier', 'profile', 'source', 'modifiedBy'].map((name) => `metadata.${name}`),
);

/**
 * A field as the key of an index: the text by which queries compare it for equality, order it and find its range.
 * Undefined for a field that no event has, that is constant, or that must not be indexed.
 */
export function indexKey(field: string): string | undefined {
  if (isPayloadField(field)) return payloadValue(field);
  if (field === 'metadata.source') return 'source';
  return field === 'metadata.profile' || field === 'metadata.modifiedBy' ? undefined : metadataValue(field);
}
