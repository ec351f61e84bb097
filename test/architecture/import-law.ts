import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser';

/**
 * The import law of docs/architecture.md. Each rule gives its reason in its `comment`;
 * test/architecture/import-law.spec.ts plants one breach for each and proves that it is found.
 */

export const testCode = '\\.(spec|fixture)\\.ts$|/testing(/|\\.ts$)|^test/';

/** Libraries that each library may import. A library that is not listed here may import none. */
const mayImport = {
  kernel: [],
  contracts: ['kernel'],
  mongo: ['kernel'],
  sqlite: ['kernel'],
  documents: ['kernel', 'mongo', 'sqlite'],
  keys: ['kernel', 'contracts'],
  auth: ['kernel', 'contracts', 'keys'],
  registry: ['kernel', 'contracts', 'documents'],
  events: ['kernel', 'contracts'],
  storage: ['kernel', 'contracts', 'mongo', 'sqlite'],
  'view-manager': ['kernel', 'contracts', 'documents'],
  execution: ['kernel', 'contracts', 'documents'],
  'run-queue': ['kernel', 'contracts', 'documents'],
  transport: ['kernel', 'contracts'],
  telemetry: ['kernel'],
  'service-host': ['kernel', 'contracts', 'telemetry', 'transport'],
  importers: [],
  backup: ['kernel', 'sqlite'],
  move: ['kernel', 'contracts', 'documents', 'mongo', 'backup'],
  'keep-data': [
    'kernel',
    'contracts',
    'mongo',
    'documents',
    'keys',
    'registry',
    'storage',
    'view-manager',
    'execution',
    'run-queue',
    'service-host',
    'backup',
    'move',
  ],
} as const;

const why: Record<keyof typeof mayImport, string> = {
  kernel: 'Everything stands on the kernel; if it leaned on a library, every part would change with that library.',
  contracts: 'Ports say what services promise each other; they must not depend on who keeps the promise.',
  mongo: 'A connection, its transactions and its errors are the same whatever is stored.',
  sqlite: 'A lock, a snapshot and a check of a SQLite file are the same whatever is stored in it.',
  documents: 'Records are kept the same way for every part, so the store knows none of them.',
  keys: 'Whatever signs or seals takes its key from one place, which knows nothing of what is signed.',
  auth: 'Who is calling is decided without knowing what may be asked for; the registry answers through a port.',
  registry: 'Consent is decided from records alone, never from events or views.',
  events: 'Rights, schemas and the query language hold for every Data Storage, so they know it by its port only.',
  storage:
    'The Data Storage keeps events with no idea of apps, rights or views, so that it can be swapped for another ' +
    'program.',
  'view-manager':
    'Views reach code and queue through ports only, so that an execution service or a queue can be swapped.',
  execution: 'An execution service keeps code and runs it; it knows nothing of views, permissions or events.',
  'run-queue': 'A job is an id; what it means is kept elsewhere.',
  transport:
    'Clients and servers carry the ports over a wire; with an implementation in hand they would be tied to it.',
  telemetry: 'What leaves a process for a collector is the same whatever the process does.',
  'service-host':
    'How a process starts and stops is the same whatever it does; it knows services by their descriptions.',
  move: 'A move takes records and events through their ports, so that it is the same between any two engines.',
  'keep-data':
    'It says of what a keep consists, so it knows every library that stores; how the parts serve is not its matter.',
  importers: 'An importer makes events of a file; who sends them, and with what right, is the matter of its caller.',
  backup: 'A backup takes files as their owners describe them (DataDirPart); it knows nothing of what is in them.',
};

const layers = (Object.keys(mayImport) as (keyof typeof mayImport)[]).map((lib): IForbiddenRuleType => ({
  name: `${lib}-imports-${mayImport[lib].length === 0 ? 'no-lib' : `only-${mayImport[lib].join('-and-')}`}`,
  comment: why[lib],
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: testCode },
  to: { path: '^libs/', pathNot: `^libs/(${[lib, ...mayImport[lib]].join('|')})/` },
}));

/** The rules of the Control Centre, which runs in the browser. */
const page = '^apps/control-centre/src/';
const pageRules: readonly IForbiddenRuleType[] = [
  {
    name: 'page-imports-no-server-code',
    comment: 'The Control Centre knows the keep by its public API alone, as any client does.',
    severity: 'error',
    from: { path: page },
    to: { path: '^(libs|apps)/', pathNot: `${page}|^libs/importers/src/index\\.ts$` },
  },
  {
    name: 'page-reads-files-in-a-worker',
    comment: 'Reading files and sending what is in them is heavy: the page that shows it must not load or wait for it.',
    severity: 'error',
    from: { path: page, pathNot: '\\.worker\\.ts$|/features/import/worker/' },
    to: { path: '^(libs/importers|clients)/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'features-keep-to-themselves',
    comment: 'A feature can be understood, changed and removed alone; what two need lies in components or api.',
    severity: 'error',
    from: { path: `${page}features/([^/]+)/` },
    to: { path: `${page}features/`, pathNot: `${page}features/$1/` },
  },
  {
    name: 'page-imports-downwards',
    comment: 'Routes compose features, features compose components, components and features call the api.',
    severity: 'error',
    from: { path: `${page}(components|api)/` },
    to: { path: `${page}(features|routes)/` },
  },
  {
    name: 'api-draws-nothing',
    comment: 'The client of the keep works without any component.',
    severity: 'error',
    from: { path: `${page}api/` },
    to: { path: `${page}components/` },
  },
  ...Object.entries({ ui: '@mantine', code: '@codemirror', charts: 'uplot' }).map(
    ([folder, name]): IForbiddenRuleType => ({
      name: `${name.replace('@', '')}-at-home`,
      comment: `What ${name} is used for has one look, and one place to change it: components/${folder}.`,
      severity: 'error',
      from: { path: page, pathNot: `${page}components/${folder}/` },
      to: { path: `(^|/)${name}(/|$)` },
    }),
  ),
];

const law: IConfiguration = {
  forbidden: [
    {
      name: 'clients-stand-alone',
      comment: 'A client is installed without the keep, and has nothing but what its runtime brings.',
      severity: 'error',
      from: { path: '^clients/', pathNot: testCode },
      to: { pathNot: '^clients/|^node:', dependencyTypesNot: ['core'] },
    },
    {
      name: 'cli-imports-client-index-only',
      comment: 'What the command asks of a running keep it asks as any app does, by the client that apps have.',
      severity: 'error',
      from: { path: '^apps/', pathNot: testCode },
      to: { path: '^clients/', pathNot: '^clients/typescript/src/(index|http/token-file)\\.ts$' },
    },
    {
      name: 'no-cycle',
      comment:
        'In a cycle no part can be understood, tested or moved without all the others, and modules see each ' +
        'other half made.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable-import',
      comment: 'An import that is not there breaks at the start, not at the build.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(mongoose|bullmq)$' },
    },
    {
      name: 'no-undeclared-package',
      comment:
        'A package that package.json does not name is there by luck, in whatever version another package brought.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-package-in-production',
      comment:
        'What runs in production is installed with `npm ci --omit=dev`. (The Control Centre is built into files ' +
        'before that.)',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: `${testCode}|^apps/control-centre/` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'libs-never-import-apps',
      comment:
        'Apps are thin and wire libraries together; what the system does lives in libs and works without any app.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'product-never-imports-workshop',
      comment: 'Tests, benchmarks, the demo and scripts are not shipped.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: testCode },
      to: { path: '^(test|bench|demo|scripts)/' },
    },
    {
      name: 'apps-keep-to-themselves',
      comment:
        'Each app can run as a process of its own; the standalone app composes the others by their modules only.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/(standalone|cli)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'cli-imports-standalone-index-only',
      comment:
        'The command works on the files of the keep in one process, whose index.ts says which; ' +
        'how the keep runs is not its matter.',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: '^apps/', pathNot: '^apps/(cli/|standalone/src/index\\.ts$)' },
    },
    {
      name: 'standalone-imports-modules-only',
      comment:
        'The standalone app composes modules, which an app offers in its index.ts; ' +
        'reaching into the insides of an app would tie the two shapes together.',
      severity: 'error',
      from: { path: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/(standalone/|[^/]+/src/(index|[^/]+\\.module)\\.ts$)' },
    },
    {
      name: 'lib-through-its-index',
      comment:
        'index.ts is what a library promises; everything else may change without asking. ' +
        '(The check of the Node version is an entry of its own: an old Node cannot load the rest.)',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/', pathNot: '^libs/($1/|[^/]+/src/(index|testing)\\.ts$)' },
    },
    {
      name: 'lib-through-its-index-from-outside',
      comment: 'The same for apps, tests, benchmarks and scripts.',
      severity: 'error',
      from: { pathNot: '^libs/' },
      to: { path: '^libs/', pathNot: '^libs/([^/]+/src/(index|testing)|service-host/src/prepare-node)\\.ts$' },
    },
    {
      name: 'testing-entry-for-tests-only',
      comment: 'Manual clocks and in-memory ports keep no law of durability or security.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: testCode },
      to: { path: '^libs/[^/]+/src/testing(/|\\.ts$)' },
    },
    ...layers,
    ...pageRules,
    {
      name: 'sqlite-at-home',
      comment:
        'One engine is one folder: SQL outside */sqlite would be SQL that no other engine answers. ' +
        '(The bare server of bench and the outbox of a client are no part of the keep.)',
      severity: 'error',
      from: { pathNot: '^libs/sqlite/|^libs/.+/sqlite/|^(test|bench|clients)/|\\.spec\\.ts$' },
      to: { path: '^(node:)?sqlite$' },
    },
    {
      name: 'mongoose-at-home',
      comment: 'One engine is one folder: the driver lives in libs/mongo and in */mongo folders.',
      severity: 'error',
      from: { pathNot: '^libs/mongo/|^libs/.+/mongo/|^test/' },
      to: { path: '(^|/)(@nestjs/)?(mongoose|mongodb)(/|$)' },
    },
    {
      name: 'bullmq-at-home',
      comment: 'The queue is a port; Redis and BullMQ are one adapter of it.',
      severity: 'error',
      from: { pathNot: '^libs/run-queue/.+/bullmq/|^test/' },
      to: { path: '(^|/)(@nestjs/)?(bullmq|ioredis)(/|$)', pathNot: '^libs/' },
    },
    {
      name: 'importers-run-in-browsers',
      comment: 'The Control Centre reads files where they are: in the browser. What only Node has is given by callers.',
      severity: 'error',
      from: { path: '^libs/importers/', pathNot: `${testCode}|^libs/importers/src/.+/sqlite/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'opentelemetry-at-home',
      comment: 'Spans are begun by the API of OpenTelemetry: nothing of its SDK is loaded where nothing is sent.',
      severity: 'error',
      from: { pathNot: '^libs/telemetry/src/sdk/|^test/' },
      to: { path: '(^|/)@opentelemetry/(?!api(/|$))' },
    },
    {
      name: 'opentelemetry-api-in-the-kernel',
      comment: 'What a span may have in it, and what parent, is decided in one place.',
      severity: 'error',
      from: { pathNot: '^libs/telemetry/src/sdk/|^libs/kernel/src/trace/|^test/' },
      to: { path: '(^|/)@opentelemetry/api(/|$)' },
    },
    {
      name: 'opentelemetry-by-dynamic-import',
      comment: 'The same: what imports the SDK is itself imported only once an endpoint is known.',
      severity: 'error',
      from: { pathNot: `^libs/telemetry/src/sdk/|${testCode}` },
      to: { path: '^libs/telemetry/src/sdk/', dynamic: false },
    },
    {
      name: 'child-processes-at-home',
      comment:
        'Whoever may start a process may do anything; the reasons to are view code, ' +
        "which is the execution service's task, and a drill, which starts a keep on a restored backup.",
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: `^libs/execution/|^libs/keep-data/src/drill/|${testCode}` },
      to: { path: '^(node:)?(child_process|cluster)$' },
    },
    {
      name: 'no-process-module',
      comment:
        'Configuration is read once, in libs/kernel/src/config. The linter watches `process.env`; ' +
        'importing the module would be a way around it.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/kernel/src/config/' },
      to: { path: '^(node:)?process$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(clients/(typescript|testing)/)?dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
    reporterOptions: { text: { highlightFocused: true } },
  },
};

export default law;
