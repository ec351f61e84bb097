import { get } from 'node:http';
import { text } from 'node:stream/consumers';

import { inject } from 'vitest';

import type { Answer, ServiceName } from './broker.ts';

/**
 * The server for this suite, started now if no suite has used it before; `undefined` where it cannot be started, which
 * the run reports at its end, or an error if `REQUIRE_SERVICES` requires it. To be awaited at the top of a spec file,
 * whose suites are then `describe.runIf(server)`.
 */
export async function useService(
  name: ServiceName,
  suite: string,
): Promise<{ readonly engine: string; readonly uri: string } | undefined> {
  const url = `${inject('serviceBroker')}/${name}?suite=${encodeURIComponent(suite)}`;
  // Not fetch, which gives up after five minutes: the first start builds the server.
  const body = await new Promise<string>((resolve, reject) => {
    get(url, (response) => text(response).then(resolve, reject)).on('error', reject);
  });
  const answer = JSON.parse(body) as Answer;
  if ('uri' in answer) return answer;
  if (answer.required) throw new Error(`${name} is required and could not be started: ${answer.missing}`);
  return undefined;
}
