import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeysState, SigningKeys } from '@datakeep/keys';
import { createLogger, readConfig, SystemClock } from '@datakeep/kernel';
import { serveControlSocket } from './control-socket.ts';

describe('the control socket', () => {
  const clock = new SystemClock();
  let dataDir: string;
  let keys: SigningKeys;
  let close: () => Promise<void>;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'datakeep-socket-'));
    keys = SigningKeys.open({ dataDir, clock });
    close = await serveControlSocket(
      { config: { ...readConfig({}), dataDir }, logger: createLogger('silent'), clock },
      keys,
    );
  });
  afterEach(async () => {
    await close();
    rmSync(dataDir, { recursive: true });
  });
  const ask = (path: string): Promise<{ status: number | undefined; state: KeysState | undefined }> =>
    new Promise((resolve, reject) => {
      request({ socketPath: join(dataDir, 'keep.sock'), method: 'POST', path, agent: false }, (answer) => {
        const { statusCode: status } = answer;
        if (status === 200) json(answer).then((state) => resolve({ status, state: state as KeysState }), reject);
        else resolve({ status, state: void answer.resume() });
      })
        .on('error', reject)
        .end();
    });

  it('answers 500 where a new key cannot be written, and goes on with the former one', async () => {
    const { kid } = keys.current;
    const folder = join(dataDir, 'keys');
    // Whoever runs the test, root too, cannot write here.
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, '');
    expect(await ask('/rotations')).toMatchObject({ status: 500 });
    expect((await ask('/keys')).state?.current.kid).toBe(kid);
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    expect((await ask('/rotations')).state).toMatchObject({ previous: { kid } });
  });
});
