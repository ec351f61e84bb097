import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { ManualClock } from '@datakeep/kernel/testing';
import { HttpDataStorage } from './http-data-storage.ts';

it('a storage over HTTP that is closed looks for changes no more, also where there is a watcher', async () => {
  const clock = new ManualClock();
  const storage = new HttpDataStorage({ url: 'http://127.0.0.1:1', key: 'k', clock });
  storage.watchChanges(() => undefined);
  await storage.close();
  const setTimer = vi.spyOn(clock, 'setTimer');
  await clock.advance(10_000);
  expect(setTimer).not.toHaveBeenCalled();
});

it('a write that a storage over HTTP answers with an error of its own has an unknown outcome', async () => {
  const server = createServer((_request, response) => response.writeHead(500).end('{}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const storage = new HttpDataStorage({ url: `http://127.0.0.1:${port}`, key: 'k', clock: new ManualClock() });
  const code = 'storage-unreachable';
  const said = 'The storage service answered with status 500.';
  await expect(storage.remove('a'.repeat(24))).rejects.toMatchObject({
    code,
    message: `${said} The outcome is unknown.`,
  });
  await expect(storage.get('a'.repeat(24))).rejects.toMatchObject({ code, message: said });
  await storage.close();
  server.close();
});
