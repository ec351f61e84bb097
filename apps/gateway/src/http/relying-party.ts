import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { DatakeepError } from '@datakeep/kernel';
import type { RelyingParty } from '@datakeep/registry';

export interface PasskeyPlace {
  /** Whether passkeys work at this address of the keep. */
  readonly available: boolean;
  /** Of the page on which they work. Absent where PUBLIC_URL must be set to an https address first. */
  readonly origin?: string;
  /**
   * Why they do not: browsers know none under an IP address, none under plain http but on localhost, and the keep none
   * on localhost at a port that is neither its own nor that of PUBLIC_URL.
   */
  readonly reason?: 'ip-address' | 'plain-http' | 'unknown-port';
}

type Asked = Pick<FastifyRequest, 'headers' | 'raw'>;

/**
 * As which relying party (WebAuthn) the keep serves a request: as PUBLIC_URL, where that is https with a name, or
 * localhost; else as `http://localhost` on the port that the connection came to. Browsers know no relying party under
 * an IP address, and none under plain http but localhost.
 */
export class RelyingParties {
  readonly #public: RelyingParty | undefined;

  constructor(publicUrl: string | undefined) {
    this.#public = publicUrl === undefined ? undefined : partyOf(new URL(publicUrl));
  }

  placeOf(request: Asked): PasskeyPlace {
    const party = this.#of(request);
    if (party) return { available: true, origin: party.origin };
    const { hostname } = addressOf(request);
    if (isLocalhost(hostname)) return { available: false, reason: 'unknown-port' };
    if (!isAddress(hostname)) return { available: false, reason: 'plain-http' };
    return {
      available: false,
      reason: 'ip-address',
      ...(isLoopback(hostname) ? { origin: new URL(`http://localhost:${portOf(request)}`).origin } : {}),
    };
  }

  /** Throws `passkeys-unavailable` (409) where there is none. */
  of(request: Asked): RelyingParty {
    const party = this.#of(request);
    if (party) return party;
    const { origin } = this.placeOf(request);
    throw new DatakeepError('passkeys-unavailable', origin === undefined ? undefined : `Open ${origin} instead.`);
  }

  #of(request: Asked): RelyingParty | undefined {
    if (this.#public) return this.#public;
    const url = addressOf(request);
    return Number(url.port || 80) === portOf(request) ? partyOf(url, isLocalhost) : undefined;
  }
}

function partyOf(url: URL, isName = (name: string): boolean => !isAddress(name)): RelyingParty | undefined {
  const { protocol, hostname, origin } = url;
  if (!isName(hostname) || (protocol !== 'https:' && !isLocalhost(hostname))) return undefined;
  return { id: hostname, origin };
}

/** By the Host header; a connection has no TLS here. */
function addressOf({ headers: { host } }: Asked): URL {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) ? new URL(url) : new URL('http://0.0.0.0');
}

function portOf({ raw }: Asked): number | undefined {
  return raw.socket.localPort;
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function isLoopback(address: string): boolean {
  return address === '[::1]' || address.startsWith('127.');
}

function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}
