import { describe, expect, it } from 'vitest';
import { resultsFromText } from './event-json.ts';

describe('the results of an append at a foreign storage', () => {
  const fine = { id: 'e1', acceptedDate: '2026-01-01T00:00:00.000Z', status: 'created' };

  it('are read', () => {
    expect(resultsFromText(JSON.stringify({ results: [fine] }), 1)).toEqual([
      { id: 'e1', acceptedAt: Date.parse(fine.acceptedDate), status: 'created' },
    ]);
  });

  it.each([
    ['a result that is missing', []],
    ['no date', [{ ...fine, acceptedDate: undefined }]],
    ['a date that is none', [{ ...fine, acceptedDate: 'today' }]],
    ['a status of its own', [{ ...fine, status: 'ok' }]],
    ['no id', [{ ...fine, id: 7 }]],
    ['null', [null]],
  ])('are none with %s', (_what, results) => {
    expect(() => resultsFromText(JSON.stringify({ results }), 1)).toThrow(TypeError);
  });
});
