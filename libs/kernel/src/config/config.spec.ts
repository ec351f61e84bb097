import { describe, expect, it } from 'vitest';
import { defaultAppLimits, ConfigError, describeConfig, readConfig } from './config.ts';

describe('the configuration', () => {
  it('takes the default of every variable that is unset or empty', () => {
    expect(readConfig({})).toMatchObject({
      port: 8020,
      host: '127.0.0.1',
      dataDir: './data',
      sqliteSynchronous: 'full',
    });
    expect(readConfig({ PORT: '' }).port).toBe(8020);
  });

  it('reads what is given', () => {
    const config = readConfig({ PORT: '0', RATE_LIMITS: 'read=10/s,run=60/h', LOG_REQUESTS: 'true' });
    expect(config).toMatchObject({
      port: 0,
      logRequests: true,
      rateLimits: { read: 600, write: 6000, run: 1, 'sign-in': 10 },
    });
    expect(readConfig({ PUBLIC_URL: 'https://keep.example/' }).publicUrl).toBe('https://keep.example');
    expect(readConfig({ RATE_LIMITS: 'off' }).rateLimits).toBe('off');
    expect(readConfig({ APP_LIMITS: 'tokens=2, queued-runs=7' }).appLimits).toEqual({
      ...defaultAppLimits,
      tokens: 2,
      queuedRuns: 7,
    });
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '1e3'],
    ['LOG_REQUESTS', 'yes'],
    ['SQLITE_SYNCHRONOUS', 'off'],
    ['RATE_LIMITS', 'read=0/min'],
    ['RATE_LIMITS', 'reads=1/min'],
    ['APP_LIMITS', 'profiles=0'],
    ['APP_LIMITS', 'constructor=1'],
    ['APP_LIMITS', 'tokens=2;profiles=3'],
    ['PUBLIC_URL', 'keep.example'],
    ['TRUSTED_PROXIES', 'proxy'],
    ['TRUSTED_PROXIES', '127.0.0.1,0.0.0.0/0'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['PUBLIC_URL', 'https://keep.example:99999'],
    ['STORAGE_URL', 'http://[::1'],
    ['GATEWAY_URL', 'http://keep.example?x'],
    ['BACKUP_SCHEDULE', '0 4 * * * *'],
    ['BACKUP_SCHEDULE', 'daily'],
    ['BACKUP_KEEP', '7'],
    ['BACKUP_KEEP', '7d,3d'],
  ])('stops at %s=%s, naming the variable and what is legal', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`${name}=.*is not legal: expected `));
  });

  it("names every bad variable at once, and no secret's value", () => {
    const read = (): unknown => readConfig({ PORT: 'x', ADMIN_PASSWORD: 'too short', SIGNING_KEY: 'weak' });
    expect(read).toThrow(
      /PORT[^]*ADMIN_PASSWORD is not legal: expected 15 to 256 characters[^]*SIGNING_KEY is not legal/,
    );
    expect(read).not.toThrow(/too short|weak/);
  });

  it('reads the runtimes of views, the foreign ones with their URLs and keys', () => {
    const environment = {
      RUNTIMES: 'javascript, my-ruby=http://127.0.0.1:4567/, javascript2=https://runs.example/javascript',
      RUNTIME_MY_RUBY_KEY: 'open-sesame',
      RUNTIME_JAVASCRIPT2_KEY: '',
    };
    const config = readConfig(environment);
    expect(config.runtimes).toEqual([
      { name: 'javascript' },
      { name: 'my-ruby', url: 'http://127.0.0.1:4567' },
      { name: 'javascript2', url: 'https://runs.example/javascript' },
    ]);
    expect(config.runtimeKeys).toEqual({ 'my-ruby': 'open-sesame' });
    const told = describeConfig(config, environment);
    expect(told).toContainEqual({ variable: 'RUNTIME_<NAME>_KEY', value: 'set', origin: 'environment' });
    expect(JSON.stringify(told)).not.toContain('sesame');
    expect(describeConfig(readConfig({}), {})).toContainEqual({
      variable: 'RUNTIME_<NAME>_KEY',
      value: 'not set',
      origin: 'default',
    });
  });

  it.each([
    ['ruby', 'ruby needs a URL'],
    ['javascript,javascript', 'javascript is named twice'],
    ['javascript,', '"" is no name'],
    ['Ruby=http://127.0.0.1:4567', '"Ruby" is no name'],
    ['ruby=127.0.0.1:4567', 'the URL of ruby must be http'],
    ['ruby=http://me:secret@127.0.0.1:4567', 'without user'],
    ['ruby=http://127.0.0.1:4567?key=x', 'without user, query'],
    ['ruby=file:///etc/passwd', 'the URL of ruby must be http'],
  ])('stops at RUNTIMES=%s and says why: %s', (value, why) => {
    expect(() => readConfig({ RUNTIMES: value })).toThrow(why);
  });

  it('names the member of a family that is not legal, and not its value', () => {
    const read = (): unknown => readConfig({ RUNTIME_RUBY_KEY: 'open sesame' });
    expect(read).toThrow(/RUNTIME_RUBY_KEY is not legal/);
    expect(read).not.toThrow(/sesame/);
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
