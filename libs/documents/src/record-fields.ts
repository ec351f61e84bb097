import type { Document, FieldType } from './document-store.ts';

/** A field of a definition. `Held` is the type of its values; no member has it at run time. */
export interface RecordField<Held> {
  readonly type: FieldType;
  readonly optional?: boolean;
  readonly held?: Held;
}

interface OptionalField<Held> extends RecordField<Held> {
  readonly optional: true;
}

const of = <Held>(type: FieldType): RecordField<Held> => ({ type });

/** The kinds of fields; `textOf` narrows a text, as to the names of states. */
export const field = {
  text: of<string>('string'),
  textOf: <Held extends string>() => of<Held>('string'),
  number: of<number>('number'),
  flag: of<boolean>('boolean'),
  json: <Held>() => of<Held>('json'),
} as const;

export const optional = <Held>(one: RecordField<Held>): OptionalField<Held> => ({ ...one, optional: true });

type Fields = Readonly<Record<string, RecordField<unknown>>>;
type OptionalNames<F extends Fields> = { [K in keyof F]: F[K] extends OptionalField<unknown> ? K : never }[keyof F];

/** The record of a definition's fields, so that a kind of record is written once. */
export type RecordOf<F extends Fields> = Document & {
  readonly [K in Exclude<keyof F, OptionalNames<F>>]: NonNullable<F[K]['held']>;
} & { readonly [K in OptionalNames<F>]?: NonNullable<F[K]['held']> | undefined };
