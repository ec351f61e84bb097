/**
 * The type of the values that a JSON Schema (draft 2020-12) accepts, as far as types can say it: `const`, `enum`,
 * `type`, `properties`, `required`, `additionalProperties`, `items`, `prefixItems`, `anyOf`, `oneOf`, `allOf`, and
 * `$ref` to `#/$defs/…`. Other keywords narrow values and not the type. What is not described is `unknown`.
 */
export type PayloadOf<Schema> = Value<Schema, Schema>;

export interface JsonObject {
  readonly [name: string]: unknown;
}

type Value<S, Root> = S extends { readonly $ref: `#/$defs/${infer Name}` }
  ? Root extends { readonly $defs: infer Defs }
    ? Name extends keyof Defs
      ? Value<Defs[Name], Root>
      : unknown
    : unknown
  : S extends { readonly const: infer Constant }
    ? Constant
    : S extends { readonly enum: readonly (infer Member)[] }
      ? Member
      : S extends { readonly anyOf: readonly (infer Branch)[] }
        ? OfType<S, Root> & OneOf<Branch, Root>
        : S extends { readonly oneOf: readonly (infer Branch)[] }
          ? OfType<S, Root> & OneOf<Branch, Root>
          : S extends { readonly allOf: infer Branches }
            ? OfType<S, Root> & AllOf<Branches, Root>
            : OfType<S, Root>;

type OneOf<Branch, Root> = Branch extends unknown ? Value<Branch, Root> : never;
type AllOf<Branches, Root> = Branches extends readonly [infer First, ...infer Rest]
  ? Value<First, Root> & AllOf<Rest, Root>
  : unknown;

type OfType<S, Root> = S extends { readonly type: readonly (infer Name)[] }
  ? Name extends unknown
    ? Named<Name, S, Root>
    : never
  : S extends { readonly type: infer Name }
    ? Named<Name, S, Root>
    : S extends { readonly properties: unknown }
      ? Members<S, Root>
      : unknown;

type Named<Name, S, Root> = Name extends 'string'
  ? string
  : Name extends 'number' | 'integer'
    ? number
    : Name extends 'boolean'
      ? boolean
      : Name extends 'null'
        ? null
        : Name extends 'array'
          ? Elements<S, Root>
          : Name extends 'object'
            ? Members<S, Root>
            : unknown;

type Elements<S, Root> = S extends { readonly prefixItems: infer Places }
  ? readonly [...Tuple<Places, Root>, ...(S extends { readonly items: false } ? [] : unknown[])]
  : S extends { readonly items: infer Item }
    ? readonly Value<Item, Root>[]
    : readonly unknown[];

type Tuple<Places, Root> = Places extends readonly [infer First, ...infer Rest]
  ? [Value<First, Root>, ...Tuple<Rest, Root>]
  : [];

type Members<S, Root> = Flat<
  (S extends { readonly properties: infer Properties }
    ? {
        readonly [Name in keyof Properties as Name extends Required<S> ? Name : never]: Value<Properties[Name], Root>;
      } & {
        readonly [Name in keyof Properties as Name extends Required<S> ? never : Name]?: Value<Properties[Name], Root>;
      }
    : unknown) &
    Further<S, Root>
>;

type Required<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

type Further<S, Root> = S extends { readonly additionalProperties: false }
  ? unknown
  : S extends { readonly properties: unknown }
    ? unknown
    : S extends { readonly additionalProperties: infer Member }
      ? { readonly [name: string]: Value<Member, Root> }
      : JsonObject;

type Flat<T> = { [Name in keyof T]: T[Name] };
