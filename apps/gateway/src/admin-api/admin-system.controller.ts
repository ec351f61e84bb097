import { statfs } from 'node:fs/promises';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import {
  type AdminCaller,
  type CursorSealer,
  type DataStorage,
  type ViewManager,
  CURSORS,
  DATA_STORAGE,
  VIEW_MANAGER,
} from '@datakeep/contracts';
import { type DocumentStore, DOCUMENTS } from '@datakeep/documents';
import { CONFIG, type Config, DatakeepError, version } from '@datakeep/kernel';
import { type AuditRecord, AuditLog } from '@datakeep/registry';
import { milliseconds } from '../http/date-time.ts';
import { parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { Answers } from '../openapi/answers.ts';
import type { System } from '../openapi/documented.ts';
import { OptionalDate, OptionalText } from '../http/members.ts';

class AuditListParameters extends ListParameters {
  @OptionalText(100, { description: 'Only this action, as `permission.approved`.' })
  action?: string;

  @OptionalText(100, { description: 'Id of who acted; `admin` for the owner, `keep` for what it did by itself.' })
  actor?: string;

  @OptionalText(200, { description: 'Id of what it was done to.' })
  subject?: string;

  @OptionalDate('Entries from then on.')
  from?: string;

  @OptionalDate('Entries before then.')
  to?: string;
}

@ApiTags('system')
@Controller('admin/v1')
@ForAdmin()
export class AdminSystemController {
  constructor(
    private readonly auditLog: AuditLog,
    @Inject(DATA_STORAGE) private readonly storage: DataStorage,
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    @Inject(DOCUMENTS) private readonly documents: DocumentStore,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('audit')
  @ApiOperation({
    summary: 'Who did what, when',
    description:
      'Acts of the admin (those on events with counts, looking at them once a minute), ' +
      'decisions on permissions, associations, runs; newest first. Each entry carries the hash of the one before.',
  })
  @Answers(200, 'AuditList', 'A page, newest first.')
  listAuditEntries(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(AuditListParameters)) query: AuditListParameters,
  ): Promise<ListAnswer<AuditRecord>> {
    const { action, actor, subject, from, to } = query;
    const filter = {
      ...(action ? { action } : {}),
      ...(actor ? { actor } : {}),
      ...(subject ? { subjectId: subject } : {}),
      ...(from ? { from: milliseconds(from) } : {}),
      ...(to ? { to: milliseconds(to) } : {}),
    };
    return answerList(this.cursors, 'admin/audit', caller.adminId, query, (paging) =>
      this.auditLog.list(filter, paging),
    );
  }

  @Get('system')
  @ApiOperation({
    summary: 'Versions, engines in use, sizes, free disk space, queue depth, runs kept',
    description: 'Figures of this moment. Those of a part that is out of reach are left out.',
  })
  @Answers(200, 'System', 'The state of the keep.')
  async getSystem(): Promise<System> {
    const [storage, documents, runQueue, runs, disk] = await Promise.all([
      ifReached(this.storage.figures()),
      ifReached(this.documents.figures()),
      ifReached(this.views.queueCounts()),
      ifReached(this.views.runFigures()),
      diskOf(this.config.dataDir),
    ]);
    const { appLimits, rateLimits } = this.config;
    return {
      version,
      node: process.version,
      uptimeSeconds: Math.floor(process.uptime()),
      residentBytes: process.memoryUsage.rss(),
      ...(storage && { storage }),
      ...(documents && { documents }),
      ...(runQueue && { runQueue }),
      ...(runs && { runs }),
      ...(disk && { disk }),
      limits: { app: appLimits, requestsPerMinute: rateLimits === 'off' ? null : rateLimits },
    };
  }
}

/** `undefined` where the part answers that it, or what it needs, is out of reach. */
async function ifReached<Figures>(figures: Promise<Figures>): Promise<Figures | undefined> {
  try {
    return await figures;
  } catch (error) {
    if (DatakeepError.from(error)?.status === 503) return undefined;
    throw error;
  }
}

/** `undefined` where the folder is not there, as a gateway of several processes may have none. */
async function diskOf(folder: string): Promise<System['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
