import type { RunCaller, RunDirectory, TokenSigner } from '@datakeep/contracts';
import type { RunRecord } from '../records/records.ts';
import type { RunRecords } from '../records/run-records.ts';
import type { ExecutionSpec, ExecutionSpecs } from './execution-specs.ts';
import type { RunningAttempts } from '../attempts/running-attempts.ts';

/**
 * A run token lives this much longer than the run's wall time, so that a late last call fails because the run has ended
 * and not because the token has expired.
 */
const graceMs = 5000;
const tokenId = /^([0-9a-f]{24})\.(\d{1,9})\.(\d{1,2})$/;

/**
 * Run tokens: one for each profile of the template, for code that reaches the keep over HTTP. Nothing is stored for
 * them: the token's id names run, attempt and the profile's index in the template, and is valid only while that attempt
 * of the run is `running`, no caller asked for its end, and its instance exists.
 */
export class RunTokens implements RunDirectory {
  constructor(
    private readonly signer: TokenSigner,
    private readonly running: RunningAttempts,
    private readonly runs: RunRecords,
    private readonly subjects: ExecutionSpecs,
  ) {}

  /** Tokens by profile name. `now` and `wallTimeMs` in ms. */
  make(run: RunRecord, subject: ExecutionSpec, now: number, wallTimeMs: number): Record<string, string> {
    return Object.fromEntries(
      subject.permissions.map(({ profile }, index) => [
        profile,
        this.signer.sign(
          'run',
          run.viewInstanceId,
          `${run.id}.${run.attempts}.${index}`,
          now,
          now + wallTimeMs + graceMs,
        ),
      ]),
    );
  }

  async run(viewInstanceId: string, id: string): Promise<RunCaller | undefined> {
    const [, runId, attempt, index] = tokenId.exec(id) ?? [];
    if (runId === undefined) return undefined;
    // An attempt has ended for its code before its end is stored.
    if (this.running.find({ runId, attempt: Number(attempt) })?.over) return undefined;
    const record = await this.runs.find(runId);
    if (record?.state !== 'running' || record.attempts !== Number(attempt) || record.viewInstanceId !== viewInstanceId)
      return undefined;
    // Its worker, in another process, has yet to end it.
    if (record.cancelAsked === true) return undefined;
    const subject = await this.subjects.of(record);
    const profile = subject?.permissions[Number(index)]?.profile;
    if (!subject || profile === undefined) return undefined;
    return {
      kind: 'run',
      runId,
      viewInstanceId,
      appId: record.appId,
      profile,
      ...(subject.dry ? { dry: subject.dry } : {}),
    };
  }
}
