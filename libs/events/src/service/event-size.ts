import { maxEventBytes } from '@datakeep/contracts';
import { DatakeepError, type InputError } from '@datakeep/kernel';
import { isLongerThan } from '../query/input.ts';

/**
 * `body-too-large` for a payload's JSON text beyond the limit of one event; undefined where it fits. `event` names it,
 * such as `Event 3`; `place` is its position in the request.
 */
export function oversize(
  payload: string,
  event: string,
  place: Pick<InputError, 'index' | 'pointer'>,
): DatakeepError | undefined {
  if (!isLongerThan(payload, maxEventBytes)) return undefined;
  const bytes = Buffer.byteLength(payload);
  const detail = `its payload has ${bytes} bytes as JSON, and an event at most ${maxEventBytes} (4 MiB)`;
  return new DatakeepError('body-too-large', `${event} is too large: ${detail}.`, {
    errors: [{ ...place, code: 'range', detail }],
  });
}
