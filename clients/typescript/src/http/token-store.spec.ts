import { expect, it } from 'vitest';
import { isDueForRenewal } from './token-store.ts';

const token = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const day = 86_400;

it.each([
  ['in its first two thirds', { iat: 0, exp: 90 * day }, 59 * day, false],
  ['in its last third', { iat: 0, exp: 90 * day }, 61 * day, true],
  ['after its end', { iat: 0, exp: 90 * day }, 91 * day, false],
  ['without an end', { iat: 0 }, 91 * day, false],
])('a token %s', (_, claims, seconds, due) => {
  expect(isDueForRenewal(token(claims), seconds * 1000)).toBe(due);
});

it('a token that cannot be read is not renewed', () => {
  expect(isDueForRenewal('opaque', 0)).toBe(false);
});
