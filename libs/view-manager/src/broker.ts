import type { Broker, BrokerMethod, EventDoor, RunCaller } from '@datakeep/contracts';
import { DatakeepError, isId } from '@datakeep/kernel';
import type { ActiveRun } from './active-runs.ts';
import { splitArguments } from './split-arguments.ts';

type Answer = { readonly json: string; readonly items: number };

function wrong(place: number, code: 'required' | 'type' | 'unknown-member', detail: string): DatakeepError {
  return DatakeepError.invalid([{ pointer: `/${place}`, code, detail }]);
}

/** `"<version>"` as a header would have it; without a version the view overwrites whatever is there. */
function ifMatchOf(version: string | undefined): string {
  if (version === undefined) return '*';
  if (!/^[1-9]\d{0,15}$/.test(version)) throw wrong(2, 'type', "The version is a whole number, as in the event's metadata.");
  return `"${version}"`;
}

function idOf(text: string): string {
  const id = /^"([0-9a-f]{24})"$/.exec(text)?.[1];
  if (!isId(id)) throw new DatakeepError('not-found');
  return id;
}

/**
 * What one attempt of a run can reach of the keep. The door checks the instance's permissions at each call; here it is only seen to that the attempt still runs.
 * Arguments are handed on as the text they came as, so a value reaches the door exactly as the view sent it.
 */
export class RunBroker implements Broker {
  readonly #door: EventDoor;
  readonly #run: ActiveRun;
  readonly #caller: RunCaller;

  constructor(door: EventDoor, run: ActiveRun) {
    this.#door = door;
    this.#run = run;
    this.#caller = { kind: 'run', runId: run.runId, viewInstanceId: run.viewInstanceId, appId: run.appId };
  }

  async call(method: BrokerMethod, argumentsJson: string): Promise<Answer> {
    if (!(await this.#run.live())) throw new DatakeepError('run-finished', 'The run has ended.');
    const given = splitArguments(argumentsJson);
    switch (method) {
      case 'events.query':
        return this.#door.query(this.#caller, this.#one(given, 'the query'));
      case 'events.create': {
        const answer = await this.#door.ingest(this.#caller, `{"events":${this.#one(given, 'the list of events')}}`);
        return { json: JSON.stringify(answer), items: answer.events.length };
      }
      case 'events.modify': {
        this.#atMost(given, 3);
        const [id, payload, version] = given;
        if (id === undefined) throw wrong(0, 'required', "Give the event's id.");
        if (payload === undefined) throw wrong(1, 'required', 'Give the payload.');
        const { json } = await this.#door.modify(
          this.#caller,
          idOf(id),
          `{"payload":${payload}}`,
          ifMatchOf(version === 'null' ? undefined : version),
        );
        return { json, items: 1 };
      }
      case 'events.delete':
        await this.#door.remove(this.#caller, idOf(this.#one(given, "the event's id")), undefined);
        return { json: 'null', items: 1 };
      case 'events.aggregate':
        throw new DatakeepError('not-found', 'keep.events.aggregate is not served by this keep yet.');
      default:
        throw new DatakeepError('not-found', 'The keep has no such method.');
    }
  }

  #one(given: readonly string[], what: string): string {
    this.#atMost(given, 1);
    if (given[0] === undefined) throw wrong(0, 'required', `Give ${what}.`);
    return given[0];
  }

  #atMost(given: readonly string[], most: number): void {
    if (given.length > most) throw wrong(most, 'unknown-member', `Takes ${most} argument${most === 1 ? '' : 's'} at most.`);
  }
}
