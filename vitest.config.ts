import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { suites } from './test/suites.ts';

// .ci/run asks for a report that it can count from.
const report = process.env['TEST_REPORT'];

const shared = {
  setupFiles: ['test/support/patient-waiting.ts'],
  // Limits for a test that hangs, so ten times what a test takes where the machine does nothing else. A test states a
  // limit of its own only where it needs longer.
  testTimeout: 180_000,
  hookTimeout: 240_000,
  expect: { poll: { timeout: 30_000 } },
};

export default defineConfig({
  test: {
    // Once for all suites. They ask it for the servers they need; it costs nothing where none does.
    globalSetup: ['test/support/services/global-setup.ts'],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: Object.entries(suites).map(([name, folders]) => ({
      resolve: {
        tsconfigPaths: true,
        // The client's source for clients/testing too, whose own tsconfig.json leads to what was built.
        alias: { '@datakeep/client': fileURLToPath(new URL('clients/typescript/src/index.ts', import.meta.url)) },
      },
      test: {
        ...shared,
        name,
        include: folders.map((folder) => `${folder}/*.spec.ts`),
        // On two cores Vitest's default is one, and two leave a quarter of them idle: much of a suite waits for
        // processes. What measures goes alone.
        maxWorkers: name === 'measured' ? 1 : 3,
        sequence: { groupOrder: name === 'measured' ? 1 : 0 },
        // As Playwright's template has it for CI. .ci/run prints a second try that passes. In the other suites a failure
        // may be a rare fault.
        retry: name === 'browser' && process.env['CI'] ? 1 : 0,
        // Specs of these share modules: to load them was a third of the time of unit specs, and 1.5 s of a processor for
        // each end-to-end spec.
        isolate: name !== 'unit' && name !== 'e2e',
      },
    })),
  },
});
