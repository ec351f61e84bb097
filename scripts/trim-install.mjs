/**
 * Runs after `npm ci`, with whatever Node the system has: removes files that are never read, about 120 MiB; an install
 * may take 650 (.ci/run).
 * The `node` package brings the C headers of V8 and libuv, for compiling addons, which Datakeep has none of;
 * `vega-datasets` brings 70 data sets, of which the demo reads two; `swagger-ui-dist` brings source maps of its
 * bundles; others bring sources, or bundles for browsers and for interactive tools. It must never fail the install:
 * what cannot be removed stays.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url));
const datasetsOfTheDemo = new Set(['flights-200k.json', 'seattle-weather.csv']);

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not installed, as with `npm ci --omit=dev`
  }
}

const platforms = join(modules, 'node/node_modules');
const data = join(modules, 'vega-datasets/data');
const swagger = join(modules, 'swagger-ui-dist');
const forOthers = [
  'rxjs/src',
  'rxjs/dist/bundles',
  'rxjs/dist/esm5',
  'libphonenumber-js/bundle',
  'libphonenumber-js/es6-modern',
  'class-validator/bundles',
  'class-validator/esm2015',
  'class-validator/esm5',
  'es-toolkit/dist/browser.global.js',
  'zod/src',
  'luxon/build/global',
  'luxon/build/amd',
  'playwright-core/lib/vite',
];
const unread = [
  ...forOthers.map((path) => join(modules, path)),
  ...entries(platforms)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(platforms, name, 'include')),
  ...entries(data)
    .filter((name) => !datasetsOfTheDemo.has(name))
    .map((name) => join(data, name)),
  ...entries(swagger)
    .filter((name) => name.endsWith('.map'))
    .map((name) => join(swagger, name)),
];

for (const path of unread) {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    console.warn(`not removed: ${path} (${error.code})`);
  }
}
