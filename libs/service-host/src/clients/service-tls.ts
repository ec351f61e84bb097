import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '@datakeep/kernel';
import type { ServiceTls } from '@datakeep/transport';

type TlsFiles = Pick<Config, 'serviceTlsCertificate' | 'serviceTlsKey' | 'serviceTlsAuthority'>;

/**
 * Reads the files that SERVICE_TLS_* name; undefined where none is set. Throws `ConfigError` for one that cannot be
 * read.
 */
export function readServiceTls(config: TlsFiles): ServiceTls | undefined {
  const { serviceTlsCertificate: cert, serviceTlsKey: key, serviceTlsAuthority: ca } = config;
  const files = Object.entries({ cert, key, ca }).flatMap(([name, file]) =>
    file === undefined ? [] : [{ name, file }],
  );
  if (files.length === 0) return undefined;
  return Object.fromEntries(files.map(({ name, file }) => [name, read(`SERVICE_TLS_${name.toUpperCase()}`, file)]));
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${variable}: ${file} cannot be read.`, { cause });
  }
}
