import { expect } from 'vitest';
import type { ExecutionOutcome, ExecutionRequest, ExecutionService } from '@datakeep/contracts';
import type { TestedService } from '../testing.ts';

/** Runs `source` and, while it runs, another view (`probe`, which answers 42); its outcome. */
export async function attackBeside(
  keep: TestedService<ExecutionService>,
  probe: string,
  source: string,
  request: Partial<ExecutionRequest> = {},
): Promise<ExecutionOutcome> {
  const sourceCodeId = await keep.upload(source);
  const attacked = keep.run(sourceCodeId, {
    reuseKey: 'attacker',
    limits: { ...keep.service.defaultLimits, wallTimeMs: 1000 },
    ...request,
  });
  expect(await keep.run(probe, { reuseKey: 'bystander' })).toMatchObject({ state: 'succeeded', resultJson: '42' });
  const outcome = await attacked;
  expect(await keep.run(probe, { reuseKey: 'bystander' })).toMatchObject({ state: 'succeeded' });
  await keep.service.delete(sourceCodeId);
  return outcome;
}
