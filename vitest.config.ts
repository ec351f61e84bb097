import { defineConfig } from 'vitest/config';

// .ci/run asks for a report that it can count from.
const report = process.env['TEST_REPORT'];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.spec.ts', 'libs/**/*.spec.ts', 'apps/**/*.spec.ts'],
    // Suites ask it for the servers they need; it costs nothing where none does.
    globalSetup: ['test/support/services/global-setup.ts'],
    setupFiles: ['test/support/patient-waiting.ts'],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // Limits for a test that hangs. Tests of real processes need seconds on a small machine, and the start of a keep of
    // eight processes half a minute where it is busy.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
