/**
 * A folder belongs to one suite, and so does each of its spec files: `npm run test:unit` and so on, `npm test` for all.
 */
export const suites: Readonly<Record<string, readonly string[]>> = {
  // No build, no server, no browser, no view process.
  unit: ['apps/**', 'clients/**', 'libs/!(execution)/**', 'test/architecture/**'],
  // The adapters of each port on real engines and processes.
  integration: ['libs/execution/**', 'test/{contracts,indexing,isolation,storage-suite,support,transport,views}/**'],
  // Whole keeps over HTTP.
  e2e: ['test/{clients,e2e}/**'],
  // Whole keeps in Chromium.
  browser: ['test/browser/**'],
  // Processes and servers that are killed, stopped or starved.
  faults: ['test/faults/**'],
  // Keeps under load whose delays, memory and threads are measured: one file at a time, beside no other suite.
  measured: ['test/measured/**'],
};
