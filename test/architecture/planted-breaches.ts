/**
 * A tree of files that breaks one rule of the import law, in the file `breaks`. All trees are written to one folder, so
 * names are unique.
 */
export interface Breach {
  readonly rule: string;
  readonly breaks: string;
  readonly files: Readonly<Record<string, string>>;
}

function breach(rule: string, breaks: string, imported: string, others: Readonly<Record<string, string>> = {}): Breach {
  return { rule, breaks, files: { ...others, [breaks]: `import '${imported}';\n` } };
}

/** A library's index that another library must not import. */
const index = (lib: string) => ({ [`libs/${lib}/src/index.ts`]: 'export const made = 1;\n' });

export const breaches: readonly Breach[] = [
  {
    rule: 'no-cycle',
    breaks: 'libs/kernel/src/egg.ts',
    files: {
      'libs/kernel/src/hen.ts': "export * from './egg.ts';\n",
      'libs/kernel/src/egg.ts': "export * from './hen.ts';\n",
    },
  },
  breach('clients-stand-alone', 'clients/typescript/src/leaning.ts', '../../../libs/kernel/src/json/text.ts', {
    'libs/kernel/src/json/text.ts': '',
  }),
  breach('no-unresolvable-import', 'libs/kernel/src/lost.ts', './nowhere.ts'),
  breach('no-undeclared-package', 'libs/kernel/src/lucky.ts', 'stranger'),
  breach('no-dev-package-in-production', 'libs/kernel/src/developer.ts', 'vitest'),
  breach('libs-never-import-apps', 'libs/auth/src/upwards.ts', '../../../apps/gateway/src/edge.ts', {
    'apps/gateway/src/edge.ts': '',
  }),
  breach('product-never-imports-workshop', 'libs/auth/src/measured.ts', '../../../bench/table.ts', {
    'bench/table.ts': '',
  }),
  breach('apps-keep-to-themselves', 'apps/views/src/neighbour.ts', '../../storage/src/storage.module.ts', {
    'apps/storage/src/storage.module.ts': '',
  }),
  breach('cli-imports-standalone-index-only', 'apps/cli/src/insides.ts', '../../standalone/src/bootstrap.ts', {
    'apps/standalone/src/bootstrap.ts': '',
  }),
  breach('standalone-imports-modules-only', 'apps/standalone/src/insides.ts', '../../gateway/src/http/handle.ts', {
    'apps/gateway/src/http/handle.ts': '',
  }),
  breach('lib-through-its-index', 'libs/registry/src/deep.ts', '../../documents/src/table.ts', {
    'libs/documents/src/table.ts': '',
  }),
  breach('lib-through-its-index-from-outside', 'apps/gateway/src/deep.ts', '../../../libs/auth/src/secret.ts', {
    'libs/auth/src/secret.ts': '',
  }),
  breach('testing-entry-for-tests-only', 'libs/auth/src/manual.ts', '@datakeep/kernel/testing', {
    'libs/kernel/src/testing.ts': '',
  }),
  breach('kernel-imports-no-lib', 'libs/kernel/src/leaning.ts', '@datakeep/contracts', index('contracts')),
  breach('contracts-imports-only-kernel', 'libs/contracts/src/leaning.ts', '@datakeep/documents', index('documents')),
  breach('mongo-imports-only-kernel', 'libs/mongo/src/leaning.ts', '@datakeep/contracts'),
  breach('sqlite-imports-only-kernel', 'libs/sqlite/src/leaning.ts', '@datakeep/contracts'),
  breach('telemetry-imports-only-kernel', 'libs/telemetry/src/leaning.ts', '@datakeep/contracts'),
  breach('opentelemetry-at-home', 'libs/kernel/src/trace/traced.ts', '@opentelemetry/core', {
    'node_modules/@opentelemetry/core/index.js': '',
  }),
  breach('opentelemetry-api-in-the-kernel', 'apps/gateway/src/traced.ts', '@opentelemetry/api', {
    'node_modules/@opentelemetry/api/index.js': '',
  }),
  breach('opentelemetry-by-dynamic-import', 'libs/telemetry/src/eager.ts', './sdk/started.ts', {
    'libs/telemetry/src/sdk/started.ts': '',
  }),
  breach('backup-imports-only-kernel-and-sqlite', 'libs/backup/src/leaning.ts', '@datakeep/registry'),
  breach(
    'move-imports-only-kernel-and-contracts-and-documents-and-mongo-and-backup',
    'libs/move/src/leaning.ts',
    '@datakeep/storage',
    index('storage'),
  ),
  breach(
    'keep-data-imports-only-kernel-and-contracts-and-mongo-and-documents-and-keys-and-registry-and-storage-and-' +
      'view-manager-and-execution-and-run-queue-and-service-host-and-backup-and-move',
    'libs/keep-data/src/leaning.ts',
    '@datakeep/events',
    index('events'),
  ),
  breach('documents-imports-only-kernel-and-mongo-and-sqlite', 'libs/documents/src/leaning.ts', '@datakeep/contracts'),
  breach('keys-imports-only-kernel-and-contracts', 'libs/keys/src/leaning.ts', '@datakeep/registry', index('registry')),
  breach(
    'auth-imports-only-kernel-and-contracts-and-keys',
    'libs/auth/src/leaning.ts',
    '@datakeep/registry',
    index('registry'),
  ),
  breach(
    'registry-imports-only-kernel-and-contracts-and-documents',
    'libs/registry/src/leaning.ts',
    '@datakeep/events',
    index('events'),
  ),
  breach(
    'events-imports-only-kernel-and-contracts',
    'libs/events/src/leaning.ts',
    '@datakeep/storage',
    index('storage'),
  ),
  breach(
    'storage-imports-only-kernel-and-contracts-and-mongo-and-sqlite',
    'libs/storage/src/leaning.ts',
    '@datakeep/registry',
  ),
  breach(
    'view-manager-imports-only-kernel-and-contracts-and-documents',
    'libs/view-manager/src/leaning.ts',
    '@datakeep/execution',
    index('execution'),
  ),
  breach(
    'execution-imports-only-kernel-and-contracts-and-documents',
    'libs/execution/src/leaning.ts',
    '@datakeep/view-manager',
    index('view-manager'),
  ),
  breach(
    'run-queue-imports-only-kernel-and-contracts-and-documents',
    'libs/run-queue/src/leaning.ts',
    '@datakeep/view-manager',
  ),
  breach('transport-imports-only-kernel-and-contracts', 'libs/transport/src/leaning.ts', '@datakeep/registry'),
  breach(
    'service-host-imports-only-kernel-and-contracts-and-telemetry-and-transport',
    'libs/service-host/src/leaning.ts',
    '@datakeep/registry',
  ),
  breach('importers-imports-no-lib', 'libs/importers/src/leaning.ts', '@datakeep/contracts'),
  breach('importers-run-in-browsers', 'libs/importers/src/hashed.ts', 'node:crypto'),
  breach(
    'page-reads-files-in-a-worker',
    'apps/control-centre/src/features/import/waiting.ts',
    '../../../../../libs/importers/src/index.ts',
    index('importers'),
  ),
  breach('cli-imports-client-index-only', 'apps/cli/src/inner.ts', '../../../clients/typescript/src/lists/list.ts', {
    'clients/typescript/src/lists/list.ts': '',
  }),
  breach('page-imports-no-server-code', 'apps/control-centre/src/api/inside.ts', '@datakeep/contracts'),
  breach('features-keep-to-themselves', 'apps/control-centre/src/features/data/near.ts', '../apps/queries.ts', {
    'apps/control-centre/src/features/apps/queries.ts': '',
  }),
  breach('page-imports-downwards', 'apps/control-centre/src/components/ui/up.ts', '../../routes/router.ts', {
    'apps/control-centre/src/routes/router.ts': '',
  }),
  breach('api-draws-nothing', 'apps/control-centre/src/api/drawn.ts', '../components/ui/button.ts', {
    'apps/control-centre/src/components/ui/button.ts': '',
  }),
  breach('mantine-at-home', 'apps/control-centre/src/features/data/look.ts', '@mantine/core'),
  breach('codemirror-at-home', 'apps/control-centre/src/features/data/code.ts', '@codemirror/view'),
  breach('uplot-at-home', 'apps/control-centre/src/features/data/plot.ts', 'uplot'),
  breach('sqlite-at-home', 'libs/storage/src/sql.ts', 'node:sqlite'),
  breach('mongoose-at-home', 'libs/storage/src/mongo.ts', 'mongoose'),
  breach('bullmq-at-home', 'libs/run-queue/src/redis.ts', 'bullmq'),
  breach('child-processes-at-home', 'libs/view-manager/src/fork.ts', 'node:child_process'),
  breach('no-process-module', 'apps/gateway/src/environment.ts', 'node:process'),
];

/** What the law allows, close to each breach. */
export const legal: Readonly<Record<string, string>> = {
  ...index('kernel'),
  ...index('contracts'),
  ...index('documents'),
  'clients/typescript/src/index.ts': "import 'node:fs';\n",
  'libs/kernel/src/testing.ts': 'export const clock = 1;\n',
  'libs/kernel/src/config/config.ts': "import 'node:process';\n",
  'libs/registry/src/index.ts':
    "import '@datakeep/kernel';\nimport '@datakeep/contracts';\nimport '@datakeep/documents';\n",
  'libs/registry/src/registry.spec.ts': "import 'vitest';\nimport '@datakeep/kernel/testing';\nimport './index.ts';\n",
  'libs/storage/src/engines/sqlite/engine.ts': "import 'node:sqlite';\n",
  'libs/run-queue/src/sqlite/jobs.ts': "import 'node:sqlite';\n",
  'libs/execution/src/index.ts': "import 'node:child_process';\n",
  'libs/keep-data/src/drill/drill.ts': "import 'node:child_process';\n",
  'apps/control-centre/src/api/client.ts': 'export const call = 1;\n',
  'apps/control-centre/src/components/ui/button.ts': "import '../../api/client.ts';\n",
  'apps/control-centre/src/features/apps/queries.ts':
    "import '../../api/client.ts';\nimport '../../components/ui/button.ts';\n",
  'apps/gateway/src/gateway.module.ts': "import '@datakeep/registry';\n",
  'apps/standalone/src/standalone.module.ts': "import '../../gateway/src/gateway.module.ts';\n",
  'bench/table.ts': "import 'node:child_process';\nimport 'node:sqlite';\nimport '@datakeep/kernel';\n",
};
