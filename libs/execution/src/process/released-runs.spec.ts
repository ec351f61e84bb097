import { afterEach, describe, expect, it } from 'vitest';
import type { Broker } from '@datakeep/contracts';
import { collectGarbage } from '@datakeep/kernel/testing';
import { openJavaScriptService, openPythonService } from '../testing.ts';

describe('A process that serves run after run', () => {
  let end: () => Promise<void>;
  afterEach(() => end());

  it.each([
    ['JavaScript', openJavaScriptService, 'module.exports = (p, keep) => keep.events.query({});'],
    ['Python', openPythonService, 'def main(parameters, keep):\n    return keep.events.query({})\n'],
  ])('of %s keeps nothing of one that has ended in the memory of the keep', async (_language, open, source) => {
    const keep = await open({ processes: 1 });
    end = keep.close;
    const id = await keep.upload(source);
    const once = async (): Promise<WeakRef<Broker>> => {
      const broker: Broker = { call: async () => ({ json: '{"items":[],"nextCursor":null}', items: 0 }) };
      expect(await keep.run(id, { broker })).toMatchObject({ state: 'succeeded' });
      return new WeakRef(broker);
    };
    const first = await once();
    await once();
    await collectGarbage();
    expect(first.deref()).toBeUndefined();
  });
});
