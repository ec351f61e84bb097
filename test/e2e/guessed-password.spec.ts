import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, type KeepUnderTest, keepUnderTest } from '../support/keep-in-process.ts';

describe('strangers who guess the password', () => {
  let under: KeepUnderTest;
  beforeAll(async () => {
    under = await keepUnderTest();
  });
  afterAll(() => under.stop());

  /** Linux has all of 127.0.0.0/8 on the loopback interface. */
  const signIn = async (localAddress: string, password: string): Promise<number | undefined> => {
    const sent = request(`${under.url}/admin/v1/session`, {
      method: 'POST',
      localAddress,
      headers: { 'content-type': 'application/json' },
    });
    return new Promise((resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', (answer) => void text(answer).then(() => resolve(answer.statusCode), reject));
      sent.end(JSON.stringify({ name: 'admin', password }));
    });
  };

  it('do not keep the owner out, who comes from another address', async () => {
    for (let stranger = 2; stranger < 22; stranger += 1)
      expect([401, 429]).toContain(await signIn(`127.0.0.${stranger}`, 'wrong horse battery staple'));
    expect(await signIn('127.0.0.99', adminPassword)).toBe(201);
    expect(await signIn('127.0.0.99', 'mistyped horse battery staple')).toBe(401);
    expect(await signIn('127.0.0.99', adminPassword)).toBe(201);
  });

  it('are slowed, whatever address they come from', async () => {
    const answers: (number | undefined)[] = [];
    for (let guess = 0; guess < 6; guess += 1) answers.push(await signIn('127.0.0.2', 'wrong horse battery staple'));
    expect(answers).toContain(429);
  });
});
