import { describe, expect, it } from 'vitest';
import { unknownField } from './fields.ts';
import { changed, faultOf, newCondition, type Condition, type FilterForm } from './filter-form.ts';
import { buildFilter, formOf } from './filter-json.ts';

const condition = (field: string, change: Partial<Condition>): Condition => ({
  ...newCondition(unknownField(field)),
  ...change,
});

describe('a filter that the form can say', () => {
  it.each([
    ['nothing', {}],
    ['a bare value', { 'payload.activity': 'walking' }],
    ['an explicit null', { 'payload.note': null }],
    ['anything but null', { 'payload.note': { ne: null } }],
    ['presence and absence', { 'payload.a': { exists: true }, 'payload.b': { exists: false } }],
    ['a range of one field', { 'payload.steps': { gte: 1000, lt: 5000 } }],
    ['dates of the metadata', { 'metadata.createdDate': { gte: '2026-01-01T00:00:00.000Z' } }],
    ['a list', { 'payload.activity': { in: ['walking', 'running'] } }],
    ['an empty list', { 'payload.activity': { nin: [] } }],
    ['yes or no', { 'payload.done': false }],
    ['texts', { 'payload.note': { contains: 'rain' }, 'metadata.identifier': { prefix: '2026-' } }],
    ['any of two', { or: [{ 'payload.a': 1 }, { 'payload.b': { gt: 2 } }] }],
    ['all, and any of two', { 'payload.c': true, or: [{ 'payload.a': 1 }, { 'payload.a': 2 }] }],
    [
      'two times any',
      { and: [{ or: [{ 'payload.a': 1 }, { 'payload.b': 1 }] }, { or: [{ 'payload.c': 1 }, { 'payload.d': 1 }] }] },
    ],
    ['any of two groups', { or: [{ 'payload.a': 1, 'payload.b': 2 }, { 'payload.c': 3 }] }],
    [
      'one field twice with one operator',
      { 'payload.a': { contains: 'x' }, and: [{ 'payload.a': { contains: 'y' } }] },
    ],
    ['a name with a slash and a tilde', { 'payload.a/b~c': 1 }],
  ])('comes back from it unchanged: %s', (_what, filter) => {
    expect(buildFilter(formOf(filter)!).filter).toEqual(filter);
  });

  it('may be written in another way than the form writes it', () => {
    expect(buildFilter(formOf({ and: [{ 'payload.a': 1 }, { and: [{ 'payload.b': { eq: 2 } }] }] })!).filter).toEqual({
      'payload.a': 1,
      'payload.b': 2,
    });
  });
});

describe('a filter that the form cannot say', () => {
  it.each([
    ['not', { not: { 'payload.a': 1 } }],
    ['any of any', { or: [{ or: [{ 'payload.a': 1 }, { 'payload.b': 1 }] }, { 'payload.c': 1 }] }],
    ['a list of unlike values', { 'payload.a': { in: [1, 'one'] } }],
    ['a list with null', { 'payload.a': { in: [null] } }],
    ['an unknown operator', { 'payload.a': { $ne: 1 } }],
    ['no field', { activity: 'walking' }],
    ['an empty combiner', { and: [] }],
    ['an object as a value', { 'payload.a': { eq: {} } }],
    ['no object', ['payload.a']],
  ])('is left to the JSON: %s', (_what, filter) => {
    expect(formOf(filter)).toBeUndefined();
  });
});

describe('the form', () => {
  it('knows where each condition stands in the filter', () => {
    const a = condition('payload.a/b', { operator: 'lt', kind: 'number', texts: ['5'] });
    const b = condition('payload.c', { operator: 'eq', texts: ['x'] });
    const c = condition('payload.c', { operator: 'eq', texts: ['y'] });
    const form: FilterForm = {
      match: 'all',
      parts: [a, { type: 'group', id: 0, match: 'any', conditions: [b, c] }],
    };
    const { filter, ids } = buildFilter(form);
    expect(filter).toEqual({ 'payload.a/b': { lt: 5 }, or: [{ 'payload.c': 'x' }, { 'payload.c': 'y' }] });
    expect([...ids]).toEqual([
      ['/filter/payload.a~1b/lt', a.id],
      ['/filter/or/0/payload.c', b.id],
      ['/filter/or/1/payload.c', c.id],
    ]);
  });

  it('says what is no number before the keep does', () => {
    expect(faultOf(condition('payload.a', { operator: 'gt', kind: 'number', texts: ['five'] }))).toBe('Type a number.');
    expect(faultOf(condition('payload.a', { operator: 'gt', kind: 'number', texts: ['-1.5e3'] }))).toBeUndefined();
    expect(faultOf(condition('payload.a', { operator: 'in', kind: 'number', texts: ['1', '9007199254740993'] }))).toBe(
      'An IEEE double cannot hold 9007199254740993 exactly: it would become 9007199254740992. ' +
        'Use a text where the schema has one.',
    );
  });

  it('keeps what was typed when only the operator changes, and drops what the new field cannot hold', () => {
    const text = condition('payload.a', { operator: 'contains', texts: ['rain'] });
    expect(changed(text, { operator: 'prefix' }, unknownField('payload.a')).texts).toEqual(['rain']);
    expect(changed(text, { operator: 'exists' }, unknownField('payload.a')).texts).toEqual([]);
    const done = { path: 'payload.done', label: 'done', kind: 'boolean', sortable: true } as const;
    expect(changed(text, { field: 'payload.done' }, done)).toMatchObject({
      operator: 'eq',
      kind: 'boolean',
      texts: ['true'],
    });
  });
});
