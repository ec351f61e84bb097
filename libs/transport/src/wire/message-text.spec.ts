import { describe, expect, it } from 'vitest';
import { parseMessage, printMessage } from './message-text.ts';

const large = '{"name":"größer"}\\'.repeat(100);

describe('a message as text', () => {
  it.each([
    ['without texts', { id: '1', response: { length: 2, next: null } }],
    ['with a large text in an answer', { id: '1', response: { itemsJson: large, length: 2 }, isDisposed: true }],
    ['with a large answer', { id: '1', response: large }],
    ['with large arguments', { id: '1', data: { args: { 0: 'id', 1: large, 3: large.slice(1) } } }],
    ['with a large text in a list', { id: '1', response: [large, { large }] }],
    ['with a member named like the prototype', { response: JSON.parse(`{"__proto__":${JSON.stringify(large)}}`) }],
  ])('%s is read as it was', (_what, message) => {
    expect(parseMessage(printMessage(message))).toEqual(message);
  });

  it('holds a large text unescaped', () => {
    expect(printMessage({ response: { itemsJson: large } }).endsWith(large)).toBe(true);
  });

  it('leaves the message that is printed as it is', () => {
    const message = Object.freeze({ response: Object.freeze({ itemsJson: large }) });
    printMessage(message);
    expect(message).toEqual({ response: { itemsJson: large } });
  });

  it.each([
    ['a path through a prototype', '[{"response":{}},[[["__proto__","polluted"],4]]]'],
    ['a path to nothing', '[{"response":{}},[[["response","text"],4]]]'],
    ['an empty path', '[0,[[[],4]]]'],
    ['no list of places', '[{"response":0},1]'],
    ['no JSON', '{'],
  ])('%s is refused', (_what, json) => {
    expect(() => parseMessage(`T${json.length}:${json}text`)).toThrow();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
