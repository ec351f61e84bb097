import type { RunCaller, RunDirectory, TokenSigner } from '@datakeep/contracts';
import type { ActiveRun } from './active-runs.ts';
import type { Attempts } from './attempts.ts';
import type { RunRecords } from './run-records.ts';
import type { RunSubject, RunSubjects } from './run-subjects.ts';

/** A run token lives this much longer than the run's wall time, so that a slow last call fails for the run's end and not for the token's. */
const graceMs = 5000;
const tokenId = /^([0-9a-f]{24})\.(\d{1,9})\.(\d{1,2})$/;

/**
 * Run tokens: one for each profile of the template, for code that reaches the keep over HTTP. Nothing is stored for them: the token's id names run, attempt and the
 * profile's place in the template, and is good only while that attempt of the run is `running` and its instance lives.
 */
export class RunTokens implements RunDirectory {
  readonly #signer: TokenSigner;
  readonly #attempts: Attempts;
  readonly #runs: RunRecords;
  readonly #subjects: RunSubjects;

  constructor(signer: TokenSigner, attempts: Attempts, runs: RunRecords, subjects: RunSubjects) {
    this.#signer = signer;
    this.#attempts = attempts;
    this.#runs = runs;
    this.#subjects = subjects;
  }

  /** Tokens by profile name. `now` and `wallTimeMs` in ms. */
  make(run: ActiveRun, subject: RunSubject, now: number, wallTimeMs: number): Record<string, string> {
    return Object.fromEntries(
      subject.permissions.map(({ profile }, place) => [
        profile,
        this.#signer.sign(
          'run',
          run.viewInstanceId,
          `${run.runId}.${run.attempt}.${place}`,
          now,
          now + wallTimeMs + graceMs,
        ),
      ]),
    );
  }

  async run(viewInstanceId: string, id: string): Promise<RunCaller | undefined> {
    const [, runId, attempt, place] = tokenId.exec(id) ?? [];
    if (runId === undefined) return undefined;
    // The attempt may have begun a moment before its record says so, and has ended for its code before its end is stored.
    if (!(await this.#attempts.mayServe({ runId, attempt: Number(attempt) }))) return undefined;
    const record = await this.#runs.find(runId);
    if (record?.state !== 'running' || record.attempts !== Number(attempt) || record.viewInstanceId !== viewInstanceId)
      return undefined;
    const subject = await this.#subjects.of(record);
    const profile = subject?.permissions[Number(place)]?.profile;
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
