import 'reflect-metadata';
import { IsObject, IsString, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { DatakeepError } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';
import { checkObject } from './dto.ts';
import { Optional } from './members.ts';

class Inner {
  @IsString()
  name!: string;
}

class Envelope {
  @Optional()
  @IsString()
  text?: string;

  @Optional()
  @IsObject()
  free?: object;

  @Optional()
  @ValidateNested({ each: true })
  @Type(() => Inner)
  inner?: Inner[];
}

/** `pointer code` of each place that is refused. */
function refused(value: object): string[] {
  try {
    checkObject(Envelope, value);
    return [];
  } catch (error) {
    return (DatakeepError.from(error)?.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
  }
}

describe('a DTO', () => {
  it.each(['constructor', 'hasOwnProperty', 'toString', 'valueOf', 'isPrototypeOf', 'other'])(
    'has no member %s that it does not name',
    (name) => {
      expect(refused({ [name]: 1 })).toEqual([`/${name} unknown-member`]);
      expect(refused({ inner: [{ name: 'a' }, { name: 'b', [name]: 1 }] })).toEqual([
        `/inner/1/${name} unknown-member`,
      ]);
    },
  );

  it('tells of unknown members beside what else is wrong', () => {
    expect(refused({ constructor: 1, text: 2, inner: [{ name: 3 }] }).toSorted()).toEqual([
      '/constructor unknown-member',
      '/inner/0/name type',
      '/text type',
    ]);
  });

  it('leaves a value that has no DTO of its own as it is', () => {
    const free = { constructor: { prototype: { constructor: 1 } }, hasOwnProperty: [{ toString: null }] };
    const read = checkObject(Envelope, { free, inner: [{ name: 'a' }] });
    expect(read.free).toBe(free);
    expect(read.inner?.[0]).toBeInstanceOf(Inner);
    expect(read).not.toHaveProperty('text');
  });
});
