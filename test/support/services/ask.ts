import { once } from 'node:events';
import { connect } from 'node:net';

import { BSON } from 'bson';

const answerLimitMs = 2000;

/** Sends the bytes and resolves with the first that come back. */
async function exchange(port: number, request: Uint8Array): Promise<Buffer> {
  const signal = AbortSignal.timeout(answerLimitMs);
  const socket = connect({ host: '127.0.0.1', port, signal });
  try {
    await once(socket, 'connect', { signal });
    socket.write(request);
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
    return answer;
  } finally {
    socket.on('error', () => socket.destroy());
    socket.destroy();
  }
}

/** Rejects while Redis does not answer, or still loads its file; of one that wants a password, not that. */
export async function askRedis(port: number): Promise<void> {
  const answer = await exchange(port, Buffer.from('PING\r\n'));
  if (!/^(\+PONG|-NOAUTH)/.test(answer.toString())) throw new Error(answer.toString());
}

/** OP_MSG of the MongoDB wire protocol: a header of four 32-bit numbers, flag bits, and one section of kind 0. */
const opMsg = 2013;

/** Rejects while a MongoDB server does not answer `ping`. */
export async function askMongo(port: number): Promise<void> {
  const body = BSON.serialize({ ping: 1, $db: 'admin' });
  const message = Buffer.alloc(16 + 4 + 1 + body.length);
  [message.length, 1, 0, opMsg].forEach((number, place) => message.writeInt32LE(number, place * 4));
  message.set(body, 21);
  const answer = await exchange(port, message);
  if (answer.readInt32LE(12) !== opMsg) throw new Error('no answer to ping');
}
