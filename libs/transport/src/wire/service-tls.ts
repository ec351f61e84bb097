import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '@datakeep/kernel';

/** PEM texts, as `tlsOptions` of Nest's client and server. Without `ca`, the authorities that Node knows count. */
export type ServiceTls = Readonly<Partial<Record<'cert' | 'key' | 'ca', string>>>;

/** Both sides are of one release. */
export const tlsVersions = { minVersion: 'TLSv1.3' } as const;

type TlsFiles = Pick<Config, 'serviceTlsCertificate' | 'serviceTlsKey' | 'serviceTlsAuthority'>;

/**
 * Reads the files that SERVICE_TLS_* name; undefined where none is set. Throws `ConfigError` for one that cannot be
 * read.
 */
export function readServiceTls(config: TlsFiles): ServiceTls | undefined {
  const { serviceTlsCertificate: cert, serviceTlsKey: key, serviceTlsAuthority: ca } = config;
  const given = Object.entries({ cert, key, ca }).flatMap(([name, file]) =>
    file === undefined ? [] : [{ name, file }],
  );
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map(({ name, file }) => [name, read(`SERVICE_TLS_${name.toUpperCase()}`, file)]));
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`${variable}: ${file} cannot be read.`, { cause });
  }
}

/** Throws `ConfigError` where a service would listen with TLS and without a certificate. */
export function assertCertificate(tls: ServiceTls | undefined): void {
  if (tls && (tls.cert === undefined || tls.key === undefined))
    throw new ConfigError('A service that speaks TLS needs SERVICE_TLS_CERT and SERVICE_TLS_KEY, both.');
}
