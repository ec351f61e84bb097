import type { Caller, EventService } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';

/** Answers fixed texts and remembers what it was asked. */
export class RecordingEventService implements EventService {
  readonly calls: unknown[][] = [];

  async ingest(caller: Caller, body: string): ReturnType<EventService['ingest']> {
    this.calls.push(['ingest', caller, body]);
    return {
      accepted: 1,
      duplicates: 0,
      events: [{ id: 'a'.repeat(24), acceptedDate: '2026-01-01T00:00:00.000Z', status: 'created' }],
    };
  }

  async query(caller: Caller, body: string): ReturnType<EventService['query']> {
    this.calls.push(['query', caller, body]);
    return { json: ['{"items":', '[{},{}]', ',"nextCursor":null}'], items: 2, profile: 'walk' };
  }

  async aggregate(caller: Caller, body: string): ReturnType<EventService['aggregate']> {
    this.calls.push(['aggregate', caller, body]);
    return { json: '{"groups":[{},{},{}],"truncated":false}', items: 3, profile: 'walk' };
  }

  async list(): ReturnType<EventService['list']> {
    throw new DatakeepError('not-found');
  }

  async get(): ReturnType<EventService['get']> {
    throw new DatakeepError('not-found');
  }

  async modify(
    caller: Caller,
    id: string,
    body: string,
    ifMatch: string | undefined,
  ): ReturnType<EventService['modify']> {
    this.calls.push(['modify', caller, id, body, ifMatch]);
    return { json: `{"id":"${id}"}`, version: 2, profile: 'walk' };
  }

  async remove(caller: Caller, id: string, ifMatch: string | undefined): ReturnType<EventService['remove']> {
    this.calls.push(['remove', caller, id, ifMatch]);
    return { profile: 'walk' };
  }
}
