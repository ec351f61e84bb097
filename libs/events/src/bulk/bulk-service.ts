import type { BulkService, BulkOutcome, BulkStream, Caller, Export, ProfileCatalogue } from '@datakeep/contracts';
import type { Clock } from '@datakeep/kernel';
import { ChunkStore } from './chunk-store.ts';
import { exportLines } from './export-lines.ts';
import { ImportLines } from './import-lines.ts';
import { IngestLines, type IngestLinesOptions } from './ingest-lines.ts';

/** The profiles as an export and an import need them. */
export interface ProfileRepository extends ProfileCatalogue {
  /** Names of all there are. */
  names(): Promise<readonly string[]>;
  /**
   * In an admin's name; repeating it is legal. Rejects with `profile-differs`, or `invalid` with pointers that begin
   * with `/name` or `/schema`.
   */
  restore(name: string, schema: unknown, adminId: string): Promise<unknown>;
}

export interface BulkServiceOptions extends IngestLinesOptions {
  readonly profiles: ProfileRepository;
  readonly clock: Clock;
  readonly queryTimeoutMs: number;
}

export class DefaultBulkService implements BulkService {
  constructor(private readonly options: BulkServiceOptions) {}

  ingest(caller: Caller, stream: BulkStream): Promise<BulkOutcome> {
    return new ChunkStore(new IngestLines(this.options, caller), stream, this.options.clock).run();
  }

  import(adminId: string, stream: BulkStream): Promise<BulkOutcome> {
    const { storage, profiles, clock } = this.options;
    const work = new ImportLines(storage, profiles, (name, schema) => profiles.restore(name, schema, adminId));
    return new ChunkStore(work, stream, clock).run();
  }

  export(body: string | undefined): Promise<Export> {
    const { profiles } = this.options;
    return exportLines({ ...this.options, profileNames: () => profiles.names() }, body);
  }
}
