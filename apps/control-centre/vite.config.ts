import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const source = (path: string): string => `${import.meta.dirname}/../../${path}`;

/** Histories of browsers are databases of SQLite, which the command alone reads. */
const withoutSqlite = {
  name: 'without-sqlite',
  load: (id: string) => (id.endsWith('/browser-history/sqlite/open-history.ts') ? 'export {};' : null),
};

export default defineConfig({
  root: import.meta.dirname,
  resolve: {
    alias: {
      '@datakeep/importers': source('libs/importers/src/index.ts'),
      '@datakeep/client': source('clients/typescript/src/index.ts'),
      // The same parser, with what it needs of Node built in.
      'csv-parse': 'csv-parse/browser/esm',
    },
  },
  worker: {
    format: 'es',
    plugins: () => [withoutSqlite],
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  plugins: [react()],
  // The gateway puts a fresh nonce in place of this text at each answer (apps/gateway/src/control-centre).
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../../dist/control-centre',
    emptyOutDir: true,
    assetsDir: 'assets',
    // As index.html and docs/control-centre.md have them: `Map.groupBy`, `URL.canParse` and `:has`.
    target: ['chrome120', 'edge120', 'firefox121', 'safari17.4'],
    modulePreload: { polyfill: false },
    // In one: Vite asks once for the styles of a part, and draws it without them where the keep was away just then.
    cssCodeSplit: false,
    // A data: URL is an exception that the Content-Security-Policy need not make.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // The first start of a newcomer prints no advice on how to build.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
