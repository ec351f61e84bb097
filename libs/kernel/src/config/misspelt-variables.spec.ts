import { describe, expect, it } from 'vitest';
import { misspeltVariables } from './misspelt-variables.ts';

describe('misspelt variables', () => {
  it.each([
    ['MONGODB_URL', 'MONGODB_URI'],
    ['MONGO_URI', 'MONGODB_URI'],
    ['MONGO_URL', 'MONGODB_URI'],
    ['REDIS_URI', 'REDIS_URL'],
    ['DATADIR', 'DATA_DIR'],
    ['DATA_DRI', 'DATA_DIR'],
    ['ADMIN_PASWORD', 'ADMIN_PASSWORD'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['PORTS', 'PORT'],
    ['public_url', 'PUBLIC_URL'],
    ['STORAGE_SERVER', 'STORAGE_SERVERS'],
    ['DATAKEEP_PORT', 'PORT'],
    ['DATAKEEP_DATADIR', 'DATA_DIR'],
  ])('%s is taken for %s', (variable, meant) => {
    expect(misspeltVariables({ [variable]: 'x' })).toMatchObject([
      { variable, warning: expect.stringContaining(`Did you mean ${meant}?`) },
    ]);
  });

  it('tells a variable with the name of Datakeep that means nothing to it', () => {
    expect(misspeltVariables({ DATAKEEP_FROBNICATE: '1' })).toMatchObject([
      { variable: 'DATAKEEP_FROBNICATE', warning: expect.stringContaining('docs/configuration.md') },
    ]);
  });

  it('knows the variables whose names begin with that of Datakeep', () => {
    expect(misspeltVariables({ DATAKEEP_PASSPHRASE: 'x' })).toEqual([]);
  });

  it('leaves known variables and those of other programs alone', () => {
    const ordinary =
      'PATH HOME USER LOGNAME SHELL TERM LANG LC_ALL PWD OLDPWD SHLVL HOSTNAME HOSTTYPE OSTYPE MAIL EDITOR ' +
      'PAGER TZ TMPDIR DISPLAY ' +
      'SSH_AUTH_SOCK SSH_CONNECTION XDG_DATA_DIRS XDG_DATA_HOME XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS ' +
      'COLORTERM NO_COLOR CI ' +
      'NODE_ENV NODE_OPTIONS NODE_VERSION NODE_COMPILE_CACHE YARN_VERSION INIT_CWD npm_config_cache ' +
      'npm_lifecycle_event npm_package_name ' +
      'npm_execpath KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_PORT DB_SERVICE_HOST ' +
      'DB_SERVICE_PORT POSTGRES_PASSWORD ' +
      'RUNTIME_DIRECTORY STATE_DIRECTORY INVOCATION_ID JOURNAL_STREAM MALLOC_ARENA_MAX HTTP_PROXY HTTPS_PROXY _';
    const known = { PORT: '1', MONGODB_URI: 'mongodb://h', RUNTIME_MY_RUBY_KEY: 'k', ADMIN_NAME: 'me' };
    expect(
      misspeltVariables({ ...Object.fromEntries(ordinary.split(' ').map((name) => [name, 'x'])), ...known }),
    ).toEqual([]);
  });
});
