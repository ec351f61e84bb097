import { hash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { ConfigError } from './config.ts';

/**
 * Checks the secret that the services of one keep share. Without one, every process on loopback counts as a service.
 */
export class ServiceSecret {
  readonly #digest: Buffer | undefined;

  constructor(secret: string | undefined) {
    this.#digest = secret === undefined ? undefined : digestOf(secret);
  }

  /** Takes as long whatever was given. */
  matches(secret: unknown): boolean {
    if (this.#digest === undefined) return true;
    return timingSafeEqual(digestOf(typeof secret === 'string' ? secret : ''), this.#digest);
  }
}

const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');

/** 127.0.0.0/8, ::1 and `localhost`. */
function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '');
  return host === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** Throws `ConfigError` where a service would listen or call beyond this machine without a secret. */
export function assertSecretBeyondLoopback(hosts: readonly string[], secret: string | undefined): void {
  const far = hosts.find((host) => !isLoopback(host));
  if (secret === undefined && far !== undefined)
    throw new ConfigError(
      `SERVICE_SECRET is not set: services speak beyond loopback (${far}) only with a secret that they share.`,
    );
}
