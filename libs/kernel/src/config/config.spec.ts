import { describe, expect, it } from 'vitest';
import { ConfigError, describeConfig, readConfig } from './config.ts';

describe('the configuration', () => {
  it('takes the default of every variable that is unset or empty', () => {
    expect(readConfig({})).toMatchObject({ port: 8020, host: '127.0.0.1', dataDir: './data', sqliteSynchronous: 'full' });
    expect(readConfig({ PORT: '' }).port).toBe(8020);
  });

  it('reads what is given', () => {
    const config = readConfig({ PORT: '0', RATE_LIMITS: 'read=10/s,run=60/h', LOG_REQUESTS: 'true' });
    expect(config).toMatchObject({ port: 0, logRequests: true, rateLimits: { read: 600, write: 6000, run: 1, 'sign-in': 10 } });
    expect(readConfig({ RATE_LIMITS: 'off' }).rateLimits).toBe('off');
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '1e3'],
    ['LOG_REQUESTS', 'yes'],
    ['SQLITE_SYNCHRONOUS', 'off'],
    ['RATE_LIMITS', 'read=0/min'],
    ['RATE_LIMITS', 'reads=1/min'],
    ['PUBLIC_URL', 'keep.example'],
  ])('stops at %s=%s, naming the variable and what is legal', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`${name}=.*is not legal: expected `));
  });

  it("names every bad variable at once, and no secret's value", () => {
    const read = (): unknown => readConfig({ PORT: 'x', ADMIN_PASSWORD: 'too short', SIGNING_KEY: 'weak' });
    expect(read).toThrow(/PORT[^]*ADMIN_PASSWORD is not legal: expected 15 to 256 characters[^]*SIGNING_KEY is not legal/);
    expect(read).not.toThrow(/too short|weak/);
  });

  it('is told with its origin, and never with its secrets', () => {
    const environment = { PORT: '9000', ADMIN_PASSWORD: 'correct horse battery staple' };
    const told = describeConfig(readConfig(environment), environment);
    expect(told).toContainEqual({ variable: 'PORT', value: '9000', origin: 'environment' });
    expect(told).toContainEqual({ variable: 'HOST', value: '127.0.0.1', origin: 'default' });
    expect(told).toContainEqual({ variable: 'ADMIN_PASSWORD', value: 'set', origin: 'environment' });
    expect(JSON.stringify(told)).not.toContain('horse');
  });
});
