import type { RuntimeSamples } from './execution-service.contract.ts';

const js = (content: string) => [{ path: 'main.js', content }];

/** The suite's views in JavaScript. */
export const javaScriptSamples: RuntimeSamples = {
  echo: js('module.exports = (parameters) => parameters;'),
  count: js(
    "module.exports = async (parameters, keep) => (await keep.events.query({ profile: 'walks' })).items.length;",
  ),
  readTwice: js(
    'module.exports = async (parameters, keep) => { await keep.events.query({}); await keep.events.query({}); ' +
      "return 'read'; };",
  ),
  catchRefusal: js(
    'module.exports = (parameters, keep) => keep.events.query({}).catch(({ code, message }) => ({ code, message }));',
  ),
  leave: js('module.exports = () => { const left = globalThis.left; globalThis.left = 1; return left; };'),
  print: js("module.exports = () => { console.log('one'); console.warn('two'); };"),
  fail: js("module.exports = async () => {\n  throw new Error('no such walk');\n};"),
  loopForEver: js('module.exports = () => { for (;;); };'),
  returnLarge: js("module.exports = () => 'x'.repeat(2_000_000);"),
  returnNoJson: js('module.exports = () => ({ steps: NaN });'),
  broken: js('module.exports = () => 1;\nlet = ;\n'),
  entryFile: 'main.js',
};
