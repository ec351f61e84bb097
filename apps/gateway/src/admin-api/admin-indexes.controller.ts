import { Body, Controller, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import {
  indexPolicyFrom,
  type AdminCaller,
  type DataStorage,
  type IndexAct,
  type IndexReport,
  DATA_STORAGE,
} from '@datakeep/contracts';
import { readJson } from '@datakeep/kernel';
import { AuditLog } from '@datakeep/registry';
import { idParameter, requiredText } from '../http/dto.ts';
import { Answers, jsonOf, Refuses, Takes } from '../openapi/answers.ts';
import type { Documented } from '../openapi/documented.ts';
import { indexPolicyExample } from '../openapi/examples.ts';

type PolicyAnswer = Documented['IndexPolicy'];

/** What the audit log calls each act. */
const audited: Readonly<Record<IndexAct, string>> = {
  approve: 'index.approved',
  reject: 'index.rejected',
  drop: 'index.dropped',
  keep: 'index.kept',
  rebuild: 'index.rebuild-requested',
};

/** The automatic indexes of the Data Storage: its actions and reasons, and the admin's decisions. */
@ApiTags('indexes')
@Controller('admin/v1')
@ForAdmin()
export class AdminIndexesController {
  constructor(
    @Inject(DATA_STORAGE) private readonly storage: DataStorage,
    private readonly audit: AuditLog,
  ) {}

  @Get('indexes')
  @ApiOperation({
    summary: 'List indexes, made, suggested and taken back',
    description:
      'For each in plain words what it serves, who asked for it, what it costs and brought, ' +
      'its state and history: docs/indexing.md.',
  })
  @Answers(200, 'IndexList', 'All of them: automatic ones, newest change first, then the declared ones.')
  async listIndexes(): Promise<Documented['IndexList']> {
    const { indexes, ...answer } = await this.storage.indexes();
    return { items: indexes, nextCursor: null, ...answer };
  }

  @Post('indexes/:id/approve')
  @ApiOperation({
    summary: 'Approve a suggested index',
    description: 'It is built as soon as its turn comes, and then has to prove itself.',
  })
  @Answers(200, 'Index', 'Approved.')
  @Refuses('not-found', 'index-decided')
  approveIndex(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
  ): Promise<IndexReport> {
    return this.#decide(caller, id, 'approve');
  }

  @Post('indexes/:id/reject')
  @ApiOperation({
    summary: 'Reject a suggested index',
    description: 'It is not suggested again; `rebuild` asks for it all the same.',
  })
  @Answers(200, 'Index', 'Rejected.')
  @Refuses('not-found', 'index-decided')
  rejectIndex(@CurrentCaller('admin') caller: AdminCaller, @Param('id', idParameter) id: string): Promise<IndexReport> {
    return this.#decide(caller, id, 'reject');
  }

  @Post('indexes/:id/drop')
  @ApiOperation({
    summary: 'Drop an automatic index',
    description: 'It is not made again unless `rebuild` asks for it.',
  })
  @Answers(200, 'Index', 'Dropped.')
  @Refuses('not-found', 'index-decided')
  dropIndex(@CurrentCaller('admin') caller: AdminCaller, @Param('id', idParameter) id: string): Promise<IndexReport> {
    return this.#decide(caller, id, 'drop');
  }

  @Post('indexes/:id/keep')
  @ApiOperation({ summary: 'Keep an automatic index', description: 'It is never dropped for its value.' })
  @Answers(200, 'Index', 'Kept.')
  @Refuses('not-found', 'index-decided')
  keepIndex(@CurrentCaller('admin') caller: AdminCaller, @Param('id', idParameter) id: string): Promise<IndexReport> {
    return this.#decide(caller, id, 'keep');
  }

  @Post('indexes/:id/rebuild')
  @ApiOperation({
    summary: 'Build again what was dropped, rejected or taken back',
    description: 'It is approved, and has to prove itself again.',
  })
  @Answers(200, 'Index', 'Approved, and built as soon as its turn comes.')
  @Refuses('not-found', 'index-decided')
  rebuildIndex(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
  ): Promise<IndexReport> {
    return this.#decide(caller, id, 'rebuild');
  }

  @Get('index-policy')
  @ApiOperation({
    summary: 'How far the storage may go by itself',
    description: 'The policy, and what it comes to on this engine.',
  })
  @Answers(200, 'IndexPolicy', 'The policy, and what it comes to on this engine.')
  getIndexPolicy(): Promise<PolicyAnswer> {
    return this.#policy();
  }

  @Put('index-policy')
  @ApiOperation({
    summary: 'Set the policy',
    description:
      '`off`: nothing is counted. `suggest`: the admin approves. `auto`: built where every gate holds, ' +
      'and taken back where it does not help. What the body leaves out stays.',
  })
  @Takes(jsonOf('IndexPolicyChange', { suggest: indexPolicyExample }))
  @Answers(200, 'IndexPolicy', 'The policy as it is now.')
  @Refuses('invalid', 'index-decided')
  async setIndexPolicy(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body() body: string | undefined,
  ): Promise<PolicyAnswer> {
    const { mode, spaceBudget, window } = await this.storage.setIndexPolicy(
      indexPolicyFrom(readJson(requiredText(body))),
    );
    await this.audit.record({
      action: 'index-policy.changed',
      actor: { kind: 'admin', id: caller.adminId },
      subject: { kind: 'index-policy', id: 'index-policy' },
      details: { mode, spaceBudget, fromHour: window?.fromHour ?? null, toHour: window?.toHour ?? null },
    });
    return this.#policy();
  }

  async #decide(caller: AdminCaller, id: string, act: IndexAct): Promise<IndexReport> {
    const report = await this.storage.decide(id, act);
    await this.audit.record({
      action: audited[act],
      actor: { kind: 'admin', id: caller.adminId },
      subject: { kind: 'index', id },
      details: { profile: report.profile, keys: report.keys.map(({ field }) => field) },
    });
    return report;
  }

  async #policy(): Promise<PolicyAnswer> {
    const { policy, effectiveMode, note } = await this.storage.indexes();
    return { ...policy, effectiveMode, note };
  }
}
