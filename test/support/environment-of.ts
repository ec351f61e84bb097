import { isDeepStrictEqual } from 'node:util';
import { type Config, readConfig, variables } from '@datakeep/kernel';

const defaults = readConfig({});

/**
 * The variables that give a process this configuration; defaults are left out. Throws where the variables do not read
 * back as the same configuration.
 */
export function environmentOf(config: Partial<Config>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const key of Object.keys(config) as (keyof Config)[]) {
    const value = config[key];
    if (value === undefined || isDeepStrictEqual(value, defaults[key])) continue;
    if (key === 'runtimeKeys')
      for (const [name, secret] of Object.entries(config.runtimeKeys ?? {}))
        environment[`RUNTIME_${name.toUpperCase().replaceAll('-', '_')}_KEY`] = secret;
    else environment[variables[key].name] = textOf(value);
    const read = readConfig(environment)[key];
    if (!isDeepStrictEqual(read, value)) throw new Error(`${key} does not read back from its variable`);
  }
  return environment;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOfEntry).join(',');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value ?? {})
    .map(([name, number]) => `${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}=${number}`)
    .join(',');
}

/** An entry of `…_SERVERS` or of `RUNTIMES`. */
function textOfEntry(entry: { host: string; port: number } | { name: string; url?: string }): string {
  if ('host' in entry) return `${entry.host.includes(':') ? `[${entry.host}]` : entry.host}:${entry.port}`;
  return entry.url === undefined ? entry.name : `${entry.name}=${entry.url}`;
}
