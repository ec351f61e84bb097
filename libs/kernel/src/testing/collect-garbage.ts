import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setFlagsFromString('--no-expose-gc');

/**
 * A full garbage collection, in a new turn of the event loop: a target that the present turn has read through a
 * `WeakRef` is kept until its end.
 */
export async function collectGarbage(): Promise<void> {
  await turn();
  collect();
}
