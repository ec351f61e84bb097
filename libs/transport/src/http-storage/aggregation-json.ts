import type { Aggregation, Groups } from '@datakeep/contracts';
import { filterToJson } from './filter-json.ts';

/** The body of `POST /storage/v1/events/aggregate`. */
export function aggregationToJson({ filter, measures, fairnessKey: _ownTurn, ...aggregation }: Aggregation): object {
  return {
    ...aggregation,
    ...(filter === undefined ? {} : { filter: filterToJson(filter, aggregation.kinds) }),
    measures: Object.fromEntries(measures.map(({ name, ...measure }) => [name, measure])),
  };
}

/** The answer, around the groups' text. */
export function groupsToText({ groupsJson, truncated }: Groups): string {
  return `{"groups":${groupsJson},"truncated":${truncated}}`;
}

/** The groups that an answer holds. Throws `TypeError` on what is none. */
export function groupsFromText(text: string): Groups {
  const { groups, truncated } = JSON.parse(text) as { groups?: unknown; truncated?: unknown };
  if (!Array.isArray(groups) || typeof truncated !== 'boolean') throw new TypeError('no groups');
  return { groupsJson: JSON.stringify(groups), length: groups.length, truncated };
}
