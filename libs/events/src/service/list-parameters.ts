import type { Filter } from '@datakeep/contracts';
import { InputErrors, parseDateTime } from '@datakeep/kernel';
import { isLongerThan } from '../query/input.ts';
import { defaultSort, type ParsedQuery } from '../query/query-parser.ts';
import { queryLimits } from '../query/query-limits.ts';

const known: ReadonlySet<string> = new Set(['profile', 'from', 'to', 'limit', 'cursor', 'count']);

/** `?limit=` of a list. */
export function limitParameter(limit: string | undefined, issues: InputErrors): number {
  const { defaultLimit, maxLimit } = queryLimits;
  if (limit === undefined) return defaultLimit;
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > maxLimit)
    issues.add('/limit', 'range', `a limit is a whole number from 1 to ${maxLimit}`);
  return Number(limit);
}

/**
 * Parses the parameters of `GET …/events` into the equivalent query: `from` inclusive, `to` exclusive, on
 * `createdDate`, newest first. Throws `invalid`; a pointer is `/` and the parameter's name.
 */
export function parseListParameters(parameters: Readonly<Record<string, string>>): {
  readonly query: ParsedQuery;
  readonly count: boolean;
} {
  const issues = new InputErrors();
  issues.onlyMembers(parameters, known, 'the parameters are', { code: 'unknown-parameter' });
  const { profile, from, to, limit, cursor, count } = parameters;
  if (profile === undefined) issues.add('/profile', 'required', 'name the profile to list');
  else if (profile === '' || isLongerThan(profile, queryLimits.stringBytes))
    issues.add('/profile', 'range', 'a profile has a name of 1 to 1,024 bytes');
  const children: Filter[] = [];
  const bound = (name: 'from' | 'to', node: 'gte' | 'lt', text: string | undefined): void => {
    if (text === undefined) return;
    const value = parseDateTime(text);
    if (value === undefined)
      issues.add(`/${name}`, 'date', 'expected an RFC 3339 date-time with an offset and at most milliseconds');
    else children.push({ node, field: 'metadata.createdDate', value });
  };
  bound('from', 'gte', from);
  bound('to', 'lt', to);
  const most = limitParameter(limit, issues);
  if (count !== undefined && count !== 'true' && count !== 'false')
    issues.add('/count', 'enum', 'expected true or false');
  issues.throwIfAny();
  return {
    query: {
      profile: profile!,
      filter: children.length > 1 ? { node: 'and', children } : children[0],
      sort: defaultSort,
      limit: most,
      cursor,
      named: ['metadata.createdDate'],
    },
    count: count === 'true',
  };
}
