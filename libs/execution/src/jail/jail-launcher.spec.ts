import { afterEach, describe, expect, it } from 'vitest';
import { openJavaScriptService } from '../testing.ts';
import { JailLauncher } from './jail-launcher.ts';

describe('The kernel jail', () => {
  let undo: () => Promise<unknown> = async () => undefined;
  afterEach(() => undo());

  it('runs a view', async () => {
    const keep = await openJavaScriptService({ launcher: new JailLauncher() });
    undo = keep.close;
    const id = await keep.upload('module.exports = async (parameters, keep) => (await keep.events.query({})).items.length;');
    expect(await keep.run(id)).toMatchObject({ state: 'succeeded', resultJson: '0' });
    expect((await keep.service.report()).isolation.layers).toContain('landlock');
  });
});
