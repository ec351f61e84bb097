import { DatakeepError } from '@datakeep/kernel';

/** The versions that `If-Match` lets pass, or `any` for `*`. */
export type IfMatch = 'any' | readonly number[];

const entityTag = /(W\/)?"([\u0021\u0023-\u007e\u0080-\u{ffff}]*)"/uy;
/** Empty elements of a list are ignored (section 5.6.1.2). */
const separator = /[\t ]*(?:,[\t ]*)+/y;

/**
 * Parses `If-Match` (RFC 9110, section 13.1.1). Weak tags, and tags that this keep never issued, are legal and match
 * nothing. Throws `invalid` for what is not a list of entity tags.
 */
export function parseIfMatch(header: string): IfMatch {
  const text = header.trim();
  if (text === '*') return 'any';
  const versions: number[] = [];
  let at = end(separator, text, 0) ?? 0;
  for (;;) {
    entityTag.lastIndex = at;
    const tag = entityTag.exec(text);
    if (tag === null) throw malformed();
    if (tag[1] === undefined && /^[1-9]\d{0,14}$/.test(tag[2]!)) versions.push(Number(tag[2]));
    at = entityTag.lastIndex;
    const next = end(separator, text, at);
    if (at === text.length || next === text.length) return versions;
    if (next === undefined) throw malformed();
    at = next;
  }
}

/**
 * The version that a write requires: the stored one if the header names it, none for `*`. Throws `version-mismatch`.
 */
export function requiredVersion(ifMatch: IfMatch, storedVersion: number): number | undefined {
  if (ifMatch === 'any') return undefined;
  if (!ifMatch.includes(storedVersion)) throw new DatakeepError('version-mismatch');
  return storedVersion;
}

/** Where `pattern`, if it matches at `at`, ends. */
function end(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function malformed(): DatakeepError {
  return new DatakeepError('invalid', 'If-Match is the ETag of the event, in its quotes, or `*`.');
}
