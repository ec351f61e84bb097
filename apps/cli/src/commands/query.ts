import type { Filter } from '../../../../clients/typescript/src/index.ts';
import { loggedIn } from '../developer/login-file.ts';
import { printLines } from '../developer/print-lines.ts';
import { ensureRights } from '../developer/rights.ts';
import { WrongUse } from '../outcome.ts';

export interface QueryOptions {
  readonly profile: string;
  readonly filter?: string;
  readonly limit?: string;
}

/** Prints the events that match, newest first, as NDJSON. */
export async function query({ profile, filter, limit }: QueryOptions): Promise<void> {
  const parsed = filter === undefined ? undefined : filterOf(filter);
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit))
    throw new WrongUse(`--limit ${JSON.stringify(limit)} is not legal: expected a whole number from 1 on.`);
  const keep = loggedIn();
  await ensureRights(keep, profile, ['read']);
  const bounds = limit === undefined ? {} : { limit: Number(limit) };
  await printLines(keep.events.query({ profile, ...(parsed === undefined ? {} : { filter: parsed }), ...bounds }));
}

function filterOf(text: string): Filter {
  try {
    return JSON.parse(text) as Filter;
  } catch (error) {
    throw new WrongUse(
      `--filter is no JSON: ${(error as Error).message}. Expected one like '{"payload.text":{"contains":"Hello"}}'.`,
      { cause: error },
    );
  }
}
