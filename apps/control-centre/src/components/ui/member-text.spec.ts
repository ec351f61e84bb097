import { expect, it } from 'vitest';
import { memberText } from './member-text.ts';

it.each([
  [undefined, ''],
  ['text', 'text'],
  [4.2, '4.2'],
  [null, 'null'],
  [{ type: 'Point', coordinates: [14.42, 50.08] }, '50.08, 14.42'],
  [{ type: 'Point', coordinates: [14.42, 50.08, 210] }, '50.08, 14.42'],
  [{ type: 'Point', coordinates: [0.1 + 0.2, -7] }, '-7, 0.3'],
  [{ type: 'Point', coordinates: 'nowhere' }, '{"type":"Point","coordinates":"nowhere"}'],
  [['a', { b: 1 }], '["a",{"b":1}]'],
])('says %j as %j', (value, text) => {
  expect(memberText(value)).toBe(text);
});
