import { type BrokerMethod, type EventService, readBrokerCall, type RunCaller } from '@datakeep/contracts';

type Answer = { readonly json: string; readonly items: number };

/**
 * What a run can reach of the keep. The event service checks the instance's permissions at each call. Arguments are
 * handed on as the text they came as, so a value reaches the event service exactly as the view sent it.
 */
export async function askEventService(
  events: EventService,
  caller: RunCaller,
  method: BrokerMethod,
  argumentsJson: string,
): Promise<Answer> {
  const call = readBrokerCall(method, argumentsJson);
  switch (call.method) {
    case 'events.query': {
      const page = await events.query(caller, call.argument);
      return { ...page, json: page.json.join('') };
    }
    case 'events.aggregate':
      return events.aggregate(caller, call.argument);
    case 'events.create': {
      const answer = await events.ingest(caller, `{"events":${call.argument}}`);
      return { json: JSON.stringify(answer), items: answer.events.length };
    }
    case 'events.modify': {
      const { json } = await events.modify(caller, call.id, `{"payload":${call.payload}}`, call.ifMatch);
      return { json, items: 1 };
    }
    case 'events.delete':
      await events.remove(caller, call.id, undefined);
      return { json: 'null', items: 1 };
  }
}
