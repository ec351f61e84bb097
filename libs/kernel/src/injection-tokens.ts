import type { FactoryProvider, InjectionToken } from '@nestjs/common';

/** Nest injection tokens of what every process has. */
export const CONFIG = Symbol('Config');
export const CLOCK = Symbol('Clock');
export const LOGGER = Symbol('Logger');
export const IDS = Symbol('Ids');

type RequiredKeys<O> = { [K in keyof O]-?: Record<never, never> extends Pick<O, K> ? never : K }[keyof O];

/**
 * A provider of a class that takes its dependencies as one object, so that the class works without Nest: `tokens` says
 * by what token each member of the object is injected, `more` holds those that are values.
 */
export function provideWith<Options extends object, T, More extends Partial<Options> = Record<never, never>>(
  provide: InjectionToken<T>,
  type: new (options: Options) => T,
  tokens: { readonly [K in Exclude<RequiredKeys<Options>, keyof More>]: InjectionToken },
  more?: More,
): FactoryProvider<T> {
  const names = Object.keys(tokens);
  const useFactory = (...injected: unknown[]): T =>
    new type({ ...more, ...Object.fromEntries(names.map((name, at) => [name, injected[at]])) } as Options);
  return { provide, inject: Object.values<InjectionToken>(tokens), useFactory };
}
