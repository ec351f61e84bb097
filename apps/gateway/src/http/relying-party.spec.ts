import { describe, expect, it } from 'vitest';
import { RelyingParties } from './relying-party.ts';

const asked = (host: string | undefined, localPort = 8020): Parameters<RelyingParties['of']>[0] =>
  ({ headers: host === undefined ? {} : { host }, raw: { socket: { localPort } } }) as never;

describe('the relying party of passkeys', () => {
  it.each([
    ['https://keep.example.org/', '127.0.0.1:8020', 'keep.example.org', 'https://keep.example.org'],
    ['https://keep.example.org:8443', 'gateway', 'keep.example.org', 'https://keep.example.org:8443'],
    ['https://Käse.example', 'x', 'xn--kse-qla.example', 'https://xn--kse-qla.example'],
    ['http://localhost:9000', 'localhost:9000', 'localhost', 'http://localhost:9000'],
    ['http://127.0.0.1:8020', 'localhost:8020', 'localhost', 'http://localhost:8020'],
    [undefined, 'localhost:8020', 'localhost', 'http://localhost:8020'],
    [undefined, 'keep.localhost:8020', 'keep.localhost', 'http://keep.localhost:8020'],
  ])('with PUBLIC_URL %s, asked as %s, is %s at %s', (publicUrl, host, id, origin) => {
    const parties = new RelyingParties(publicUrl);
    expect(parties.of(asked(host))).toEqual({ id, origin });
    expect(parties.placeOf(asked(host))).toEqual({ available: true, origin });
  });

  it.each([
    [undefined, '127.0.0.1:8020', { reason: 'ip-address', origin: 'http://localhost:8020' }],
    [undefined, '[::1]:8020', { reason: 'ip-address', origin: 'http://localhost:8020' }],
    ['http://127.0.0.1:8020', '127.0.0.1:8020', { reason: 'ip-address', origin: 'http://localhost:8020' }],
    ['https://192.0.2.7', '192.0.2.7', { reason: 'ip-address' }],
    [undefined, '192.0.2.7:8020', { reason: 'ip-address' }],
    [undefined, 'keep.lan:8020', { reason: 'plain-http' }],
    ['http://keep.lan', 'keep.lan', { reason: 'plain-http' }],
    // A page that another program serves on this machine.
    [undefined, 'localhost:3000', { reason: 'unknown-port' }],
    [undefined, undefined, { reason: 'ip-address' }],
    [undefined, 'no host', { reason: 'ip-address' }],
  ])('with PUBLIC_URL %s, asked as %s, is none, and why: %s', (publicUrl, host, place) => {
    const parties = new RelyingParties(publicUrl);
    expect(parties.placeOf(asked(host))).toEqual({ available: false, ...place });
    expect(() => parties.of(asked(host))).toThrow(expect.objectContaining({ code: 'passkeys-unavailable' }));
  });
});
