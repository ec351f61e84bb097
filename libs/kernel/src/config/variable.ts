/** One environment variable: how it is read and documented. */
export interface Variable<T> {
  readonly name: string;
  readonly default: T;
  /** `ms`, `bytes`, … or what the text means. Printed in the documentation. */
  readonly unit: string;
  readonly secret: boolean;
  readonly description: string;
  /** What is legal, as a person reads it; shown when a bad value stops the start. */
  readonly legal: string;
  /** The value, or `undefined` when the text is not legal. `name` is the variable's as it was set. */
  readonly parse: (text: string, name: string) => T | undefined;
  /** A value as `parse` reads it, for the documentation; absent where printing it does. */
  show?(value: T): string;
  /** What is wrong with a text that is not legal, where `legal` leaves one guessing. */
  readonly fault?: (text: string) => string | undefined;
  /**
   * A family: many variables with names of one pattern, whose values are merged into one object; `name` then shows the
   * pattern.
   */
  readonly family?: RegExp;
}

interface VariableDocs {
  readonly description: string;
  readonly unit?: string;
  readonly secret?: boolean;
}

/** `rules`: the members of a `Variable` that follow from its type. */
function variable<T>(
  name: string,
  fallback: T,
  { description, unit = 'text', secret = false }: VariableDocs,
  rules: Pick<Variable<T>, 'legal' | 'parse' | 'show' | 'fault' | 'family'>,
): Variable<T> {
  return { name, default: fallback, unit, secret, description, ...rules };
}

export function text<T extends string | undefined>(
  name: string,
  fallback: T,
  docs: VariableDocs & { pattern?: RegExp; legal?: string },
): Variable<T | string> {
  return variable<T | string>(name, fallback, docs, {
    legal: docs.legal ?? 'any text that is not empty',
    parse: (value) => (value !== '' && (!docs.pattern || docs.pattern.test(value)) ? value : undefined),
  });
}

/** An address, without slashes at its end. `pattern`: what of it is legal. */
export function url(
  name: string,
  docs: VariableDocs,
  pattern = /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/,
  legal = 'an http or https URL without user, query or fragment',
): Variable<string | undefined> {
  const parse = (value: string): string | undefined =>
    pattern.test(value) && URL.canParse(value) ? value.replace(/\/+$/, '') : undefined;
  return variable<string | undefined>(name, undefined, docs, { legal, parse });
}

export function integer(
  name: string,
  fallback: number,
  min: number,
  max: number,
  docs: VariableDocs & { unit: string },
): Variable<number> {
  return variable(name, fallback, docs, {
    legal: `a whole number from ${min} to ${max}`,
    parse: (value) => {
      if (!/^\d{1,15}$/.test(value)) return undefined;
      const number = Number(value);
      return number >= min && number <= max ? number : undefined;
    },
  });
}

/** A variable whose default is for each kind of process to say. */
export function perProcess<T>(one: Variable<T>): Variable<T | undefined> {
  return { ...one, default: undefined };
}

export function choice<const T extends string>(
  name: string,
  fallback: T,
  values: readonly T[],
  docs: VariableDocs,
): Variable<T> {
  return variable(
    name,
    fallback,
    { unit: 'one of a list', ...docs },
    { legal: `one of ${values.join(', ')}`, parse: (value) => values.find((candidate) => candidate === value) },
  );
}

export function flag(name: string, fallback: boolean, docs: VariableDocs): Variable<boolean> {
  return variable(
    name,
    fallback,
    { unit: 'true or false', ...docs },
    { legal: 'true or false', parse: (value) => (value === 'true' ? true : value === 'false' ? false : undefined) },
  );
}

/** `host:port`; an IPv6 host has brackets in the text, and none here. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** One or more addresses, separated by commas. */
export function addresses(name: string, fallback: HostAndPort, docs: VariableDocs): Variable<readonly HostAndPort[]> {
  const parse = (value: string): readonly HostAndPort[] | undefined => {
    const list = value.split(',').map((part) => {
      const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s/:,@]+)):(\d{1,5})$/.exec(part.trim()) ?? [];
      const host = bracketed ?? plain;
      return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
    });
    return list.every((address) => address !== undefined) ? list : undefined;
  };
  const legal = 'host:port, or several separated by commas';
  return variable<readonly HostAndPort[]>(name, [fallback], { unit: 'addresses', ...docs }, { legal, parse });
}
