import type { AppendResult, Caller, Consent, DataStorage, NewEvent, ProfileCatalogue } from '@datakeep/contracts';
import { DatakeepError, readJson, type Clock, type Ids, type InputError } from '@datakeep/kernel';
import { IngestRequest } from '../service/ingest.ts';
import { CallerRights, sourceOf } from '../service/rights.ts';
import { storeWithin } from '../service/store-within.ts';
import type { StoredQuota } from '../service/stored-quota.ts';
import { located, readLines, type ChunkWork, type Prepared } from './chunk-store.ts';
import type { LineChunk } from './line-chunks.ts';

export interface IngestLinesOptions {
  readonly storage: DataStorage;
  readonly consent: Consent;
  readonly profiles: ProfileCatalogue;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  readonly quota: StoredQuota;
}

/** Lines of an app: each chunk goes by the law of ingest, but for its bad line, before which it is cut. */
export class IngestLines implements ChunkWork<NewEvent> {
  constructor(
    private readonly options: IngestLinesOptions,
    private readonly caller: Caller,
  ) {}

  async prepare(chunk: LineChunk): Promise<Prepared<NewEvent>> {
    const { consent, profiles, clock, ids } = this.options;
    const rights = new CallerRights(this.caller, consent);
    const refusal = await rights.refusalUnread();
    if (refusal) return { events: [], lines: [], stop: located(refusal, chunk.first) };
    const { values, lines, stop } = readLines(chunk, readJson);
    const request = new IngestRequest(rights, sourceOf(this.caller), profiles);
    const { events, refused } = await request.prepare(values, clock.now(), ids);
    return { events, lines, stop: refused ? located(withoutIndex(refused.error), lines[refused.at]) : stop };
  }

  store(events: readonly NewEvent[]): Promise<AppendResult[]> {
    return storeWithin(this.options, this.caller, events);
  }

  conflict(line: number): DatakeepError {
    const place = {
      line,
      pointer: '/metadata/identifier',
      code: 'identifier-conflict' as const,
      detail: 'the identifier is taken by other content',
    };
    return new DatakeepError('identifier-conflict', 'the identifier is taken by other content', { errors: [place] });
  }
}

/** Places of a batch as places of a line. */
function withoutIndex(error: DatakeepError): DatakeepError {
  const errors = error.errors.map(({ pointer, code, detail }): InputError => ({
    pointer: pointer.replace(/^\/events\/\d+/, ''),
    code,
    detail,
  }));
  if (errors.length === 0) return error;
  return error.code === 'invalid'
    ? DatakeepError.invalid(errors)
    : new DatakeepError(error.code, errors[0]?.detail, { errors });
}
