import { type BrokerMethod, type DryRunRead, type DryRunScope, splitArguments } from '@datakeep/contracts';
import { allOf, tookPlace, type Collection, type DocumentStore } from '@datakeep/documents';
import { dryRunReadRecords, type DryRunReadRecord } from '../records/records.ts';

/** The profile that a reading call names, if it is one that the template needs: what code makes up is not kept. */
function profileOf(argumentsJson: string, scope: DryRunScope): string | undefined {
  try {
    const [question] = splitArguments(argumentsJson);
    const { profile } = JSON.parse(question ?? 'null') as { profile?: unknown };
    return scope.profiles.find((name) => name === profile);
  } catch {
    // A fault of the call is the call's own to report.
    return undefined;
  }
}

/**
 * The calls that dry runs made to the keep: in records, since any process may serve them. One record for each method
 * and profile, however often it is called.
 */
export class DryRunReads {
  readonly #records: Collection<DryRunReadRecord>;

  constructor(private readonly documents: DocumentStore) {
    this.#records = documents.collection(dryRunReadRecords);
  }

  /** `items` undefined: the call was refused. */
  async count(
    runId: string,
    scope: DryRunScope,
    method: BrokerMethod,
    argumentsJson: string,
    items: number | undefined,
  ): Promise<void> {
    const profile = profileOf(argumentsJson, scope);
    const id = `${runId}.${method}.${profile === undefined ? 'none' : scope.profiles.indexOf(profile)}`;
    const inc = { calls: 1, items: items ?? 0, refused: items === undefined ? 1 : 0 };
    const update = () => this.documents.commit([this.#records.update(id, { inc })], 'relaxed');
    if (await tookPlace(update())) return;
    const first: DryRunReadRecord = { id, runId, method, ...(profile === undefined ? {} : { profile }), ...inc };
    // Else another call of the run was first.
    if (!(await tookPlace(this.documents.commit([this.#records.insert(first)], 'relaxed')))) await update();
  }

  async of(runId: string): Promise<DryRunRead[]> {
    const records = await allOf(this.#records, { where: { runId } });
    return records.map(({ id: _id, runId: _run, ...read }) => read);
  }

  async remove(runId: string): Promise<void> {
    const records = await allOf(this.#records, { where: { runId } });
    if (records.length > 0) await this.documents.commit(records.map(({ id }) => this.#records.delete(id)));
  }
}
