import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';

import { reasonOf } from './redis-clients.ts';

const refusal = "READONLY You can't write against a read only replica.";

it.each([
  ['Redis 7 and Valkey 9', `${refusal} script: 8f, on @user_script:1.`],
  ['Redis 6', `ERR Error running script (call to f_8f): @user_script:1: @user_script: 1: -${refusal}`],
])('the refusal of a replica is known in a script, as %s words it', (_server, message) => {
  expect(reasonOf(new ReplyError(message))).toBe('READONLY');
});
