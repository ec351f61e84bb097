import { expect, it } from 'vitest';
import { accepts } from './accept.ts';

it.each([
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/*', true],
  ['*/*', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['text/html, application/json;q=0.1', true],
  ['text/html', false],
  ['application/problem+json', false],
  ['application/json;q=0', false],
  ['application/json;q=0.000, */*', false],
  ['*/*, application/*;q=0', false],
  ['application/*;q=0, application/json', true],
  ['', false],
])('an Accept of %s admits JSON: %s', (header, admitted) => {
  expect(accepts(header, 'application/json')).toBe(admitted);
});
