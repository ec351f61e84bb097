import type { Variable } from './variable.ts';
import { variables } from './variables.ts';

export { allowanceUsed, type AppLimits, checkAppLimit, defaultAppLimits } from './app-limits.ts';
export type { RateLimits } from './rate-limits.ts';
export { parseRetention, type Retention, retentionLegal, retentionText } from './retention.ts';
export { type BuiltInRuntime, builtInRuntimes, type RuntimeSetting } from './runtimes.ts';
export type { HostAndPort, Variable } from './variable.ts';

type ValueOf<V> = V extends Variable<infer T> ? T : never;

/** The configuration of one process. Durations in ms and sizes as their unit says; see `variables`. */
export type Config = { readonly [K in keyof typeof variables]: ValueOf<(typeof variables)[K]> };

/** A bad value; its message names the variable and what is legal, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What is set of a variable, or of a family, by name. */
function givenOf(
  variable: Variable<unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly (readonly [string, string])[] {
  const names = variable.family
    ? Object.keys(environment).filter((name) => variable.family?.test(name))
    : [variable.name];
  return names.flatMap((name) =>
    environment[name] === undefined || environment[name] === '' ? [] : [[name, environment[name]] as const],
  );
}

/** Reads the environment once, at the start. Empty counts as unset. Throws `ConfigError` naming every bad variable. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const config: Record<string, unknown> = {};
  const complaints: string[] = [];
  for (const [key, variable] of Object.entries(variables) as [string, Variable<unknown>][]) {
    const values: unknown[] = [];
    for (const [name, text] of givenOf(variable, environment)) {
      const value = variable.parse(text, name);
      const fault = variable.fault?.(text);
      if (value === undefined)
        complaints.push(
          `${name}${variable.secret ? '' : `=${JSON.stringify(text)}`} is not legal: ` +
            `expected ${variable.legal}${fault === undefined ? '' : `; ${fault}`}`,
        );
      values.push(value);
    }
    config[key] = values.length === 0 ? variable.default : variable.family ? Object.assign({}, ...values) : values[0];
  }
  if (complaints.length > 0) throw new ConfigError(complaints.join('\n'));
  return config as unknown as Config;
}

/** What is in force and where it comes from, for the log at the start. Secrets show only whether they are set. */
export function describeConfig(
  config: Config,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { variable: string; value: string; origin: 'environment' | 'default' }[] {
  return (Object.entries(variables) as [keyof Config, Variable<unknown>][]).map(([key, variable]) => {
    const isSet = givenOf(variable, environment).length > 0;
    return {
      variable: variable.name,
      value: variable.secret
        ? config[key] === undefined || (variable.family !== undefined && !isSet)
          ? 'not set'
          : 'set'
        : typeof config[key] === 'object'
          ? JSON.stringify(config[key])
          : String(config[key] ?? ''),
      origin: isSet ? 'environment' : 'default',
    };
  });
}
