import { call, send } from '../../api/client.ts';
import type { RestoreAtSetupData, RestoredBackup } from '../../api/operations.ts';
import { untilReady } from '../../api/ready.ts';

export type RestoreStep = 'upload' | 'check' | 'start';

export interface RestoreRequest {
  readonly setupToken: string;
  readonly file: File;
  readonly passphrase: string;
  readonly voidTokens: boolean;
}

/** Uploads a backup, has the keep open it, and waits until the keep that was restored answers. */
export async function restoreBackup(
  { setupToken, file, passphrase, voidTokens }: RestoreRequest,
  onStep: (step: RestoreStep) => void,
): Promise<RestoredBackup> {
  onStep('upload');
  await send('/admin/v1/setup/backup', {
    method: 'PUT',
    headers: { 'setup-token': setupToken, 'content-type': 'application/octet-stream' },
    body: file,
  });
  onStep('check');
  const body = { setupToken, passphrase, voidTokens };
  const restored = await call<RestoreAtSetupData, RestoredBackup>('POST', '/admin/v1/setup/restore', { body });
  onStep('start');
  // The keep that ends is not ready from before its answer on, so the first that is ready is the restored one.
  await untilReady();
  return restored;
}
