import type { RunCaller, RunDirectory, TokenSigner } from '@datakeep/contracts';
import type { ActiveRun } from './active-runs.ts';
import type { Attempts } from './attempts.ts';
import type { Instances } from './instances.ts';
import type { TemplateRecord } from './records.ts';
import type { RunRecords } from './run-records.ts';
import type { Templates } from './templates.ts';

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
  readonly #instances: Instances;
  readonly #templates: Templates;

  constructor(signer: TokenSigner, attempts: Attempts, runs: RunRecords, instances: Instances, templates: Templates) {
    this.#signer = signer;
    this.#attempts = attempts;
    this.#runs = runs;
    this.#instances = instances;
    this.#templates = templates;
  }

  /** Tokens by profile name. `now` and `wallTimeMs` in ms. */
  make(run: ActiveRun, template: TemplateRecord, now: number, wallTimeMs: number): Record<string, string> {
    return Object.fromEntries(
      template.permissions.map(({ profile }, place) => [
        profile,
        this.#signer.sign('run', run.viewInstanceId, `${run.runId}.${run.attempt}.${place}`, now, now + wallTimeMs + graceMs),
      ]),
    );
  }

  async run(viewInstanceId: string, id: string): Promise<RunCaller | undefined> {
    const [, runId, attempt, place] = tokenId.exec(id) ?? [];
    if (runId === undefined) return undefined;
    // The attempt may have begun a moment before its record says so, and has ended for its code before its end is stored.
    if (!(await this.#attempts.mayServe({ runId, attempt: Number(attempt) }))) return undefined;
    const [record, instance] = await Promise.all([this.#runs.find(runId), this.#instances.find(viewInstanceId)]);
    if (!instance || record?.state !== 'running' || record.attempts !== Number(attempt) || record.viewInstanceId !== viewInstanceId) return undefined;
    const template = await this.#templates.ofInstance(instance);
    const profile = template?.permissions[Number(place)]?.profile;
    return profile === undefined ? undefined : { kind: 'run', runId, viewInstanceId, appId: record.appId, profile };
  }
}
