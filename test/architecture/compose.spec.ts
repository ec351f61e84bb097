import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readConfig, variables, type Variable } from '@datakeep/kernel';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const text = (name: string): string => readFileSync(resolve(root, name), 'utf8');
const compose = text('docker-compose.yml');
const dockerfile = text('Dockerfile');
const table = Object.values(variables as Record<string, Variable<unknown>>);
const examples = new Map(
  [...text('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
);

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
if (!hasCompose)
  process.stdout.write('not run (`docker compose` is not installed): what Compose makes of docker-compose.yml\n');

describe('docker-compose.yml', () => {
  it('takes every variable from .env, which .env.example tells how to make, and holds no secret', () => {
    const needed = new Set([...compose.matchAll(/\$\{([A-Z_]+):([?-])/g)].map(([, name]) => name));
    expect([...needed].toSorted()).toEqual([...examples.keys()].toSorted());
    const secret = [...examples.keys()].filter((name) => /PASSWORD|KEY|SECRET|PASSPHRASE/.test(name));
    for (const name of secret) {
      expect(examples.get(name)).toBe('');
      expect(compose).not.toContain(`\${${name}:-`);
    }
    for (const { name } of table.filter((variable) => variable.secret))
      for (const [, value] of compose.matchAll(new RegExp(`^ +${name}: (.*)$`, 'gm')))
        expect(value).toMatch(/\$\{[A-Z_]+:\?/);
    expect(text('.gitignore').split('\n')).toContain('.env');
  });

  it('starts processes that there are, by variables that the keep reads', () => {
    const started = [...compose.matchAll(/dist\/(apps\/\w+\/src\/main)\.js/g)].map(([, path]) => path);
    expect(started).toEqual(['gateway', 'storage', 'views', 'executors'].map((name) => `apps/${name}/src/main`));
    for (const path of started) expect(existsSync(resolve(root, `${path}.ts`))).toBe(true);
    const given = [...compose.matchAll(/^ +([A-Z_]+): /gm)]
      .map(([, name]) => name)
      .filter((name) => !/^(MONGO_|REDISCLI_)/.test(name ?? ''));
    expect(table.map(({ name }) => name)).toEqual(expect.arrayContaining(given));
  });

  it('gives the gateway a place and a schedule for backups that the keep takes, and each process a collector', () => {
    const [, gateway = ''] = /^ {2}gateway:\n((?: {4}.*\n|\n)+)/m.exec(compose) ?? [];
    expect(gateway).toContain("volumes: ['backups:/data']");
    expect(dockerfile).toMatch(/^ENV DATA_DIR=\/data /m);
    const unquoted = Object.fromEntries([...examples].map(([name, value]) => [name, value.replace(/^"(.*)"$/, '$1')]));
    const names = ['BACKUP_SCHEDULE', 'BACKUP_KEEP', 'DATAKEEP_PASSPHRASE'];
    for (const name of names) expect(gateway).toContain(`${name}: \${${name}:`);
    const { backupSchedule, backupKeep } = readConfig(unquoted);
    expect({ backupSchedule, backupKeep }).toEqual({ backupSchedule: '0 4 * * *', backupKeep: '7d,4w,6m' });
    const [, shared = ''] = /^x-environment: &environment\n((?: {2}.*\n)+)/m.exec(compose) ?? [];
    expect(shared).toContain('OTEL_EXPORTER_OTLP_ENDPOINT: ${OTEL_EXPORTER_OTLP_ENDPOINT:-}');
    expect(compose.match(/environment: \*environment|<<: \*environment/g)).toHaveLength(4);
  });

  it.runIf(hasCompose)(
    'is what Compose reads: one port, on this machine alone, and a health check on every service',
    () => {
      const env = { ...process.env, ...Object.fromEntries([...examples.keys()].map((name) => [name, '8020'])) };
      const read = spawnSync(
        'docker',
        ['compose', '--file', resolve(root, 'docker-compose.yml'), 'config', '--format', 'json'],
        {
          encoding: 'utf8',
          env,
        },
      );
      expect(read.stderr).toBe('');
      const { services } = JSON.parse(read.stdout) as {
        services: Record<string, { ports?: { host_ip?: string }[]; healthcheck?: object }>;
      };
      expect(Object.keys(services).toSorted()).toEqual(['executors', 'gateway', 'mongo', 'redis', 'storage', 'views']);
      for (const service of Object.values(services)) expect(service.healthcheck).toBeDefined();
      expect(
        Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port.host_ip])),
      ).toEqual([['gateway', '127.0.0.1']]);
    },
  );
});

describe('The Dockerfile', () => {
  const manifest = JSON.parse(text('package.json')) as { engines: { node: string } };

  it('runs the Node that package.json asks for, which takes its flags by itself', () => {
    const major = /\d+/.exec(manifest.engines.node)?.[0];
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm))
      expect(image).toMatch(new RegExp(`^node:${major}(-slim)?$`));
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node"\]$/m);
  });

  it('copies only what there is and .dockerignore lets through', () => {
    const allowed = [...text('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, paths]) => paths?.split(' ') ?? [],
    );
    expect(new Set(copied)).toEqual(new Set(allowed));
    for (const path of copied) expect(existsSync(resolve(root, path))).toBe(true);
  });

  it('does not run as root', () => {
    expect(dockerfile).toMatch(/^USER 1000$/m);
  });
});
