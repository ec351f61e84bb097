import { Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import {
  type AdminCaller,
  type CursorSealer,
  type DryRun,
  type InstancePermissions,
  type Run,
  type ViewInstance,
  type ViewManager,
  type ViewTemplate,
  CURSORS,
  INSTANCE_PERMISSIONS,
  VIEW_MANAGER,
} from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { Apps } from '@datakeep/registry';
import { idParameter, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { runFilter } from '../app-api/app-views.dto.ts';
import { Answers, jsonOf, Refuses, Takes, uploadOf } from '../openapi/answers.ts';
import type { AdminViewTemplate, Documented, ShownInstance } from '../openapi/documented.ts';
import { dryRunExample, viewTemplateExample } from '../openapi/examples.ts';
import { spendingTemplate, spendingTrial } from '../openapi/spending-example.ts';
import { Metrics } from '../system-api/metrics.ts';
import {
  AdminRunListParameters,
  AdminViewInstanceListParameters,
  CreateViewTemplate,
  DryRunViewTemplate,
} from './admin-views.dto.ts';
import { readTemplate } from './template-upload.ts';

@ApiTags('views')
@ApiExtraModels(CreateViewTemplate, DryRunViewTemplate)
@Controller('admin/v1')
@ForAdmin()
export class AdminViewsController {
  constructor(
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    @Inject(INSTANCE_PERMISSIONS) private readonly permissions: InstancePermissions,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
    private readonly apps: Apps,
    private readonly metrics: Metrics,
  ) {}

  @Post('view-templates')
  @ForAdmin({ recent: true })
  @ApiOperation({
    summary: 'Register a view template',
    description:
      'Look at the code first: it will run next to the data. As multipart: the same fields, ' +
      '`permissions` as JSON text, `files` repeated, each named by its path.',
  })
  @Takes({
    ...jsonOf('CreateViewTemplate', { distance: viewTemplateExample, spending: spendingTemplate }),
    ...uploadOf('ViewTemplateUpload'),
  })
  @Answers(201, 'AdminViewTemplate', 'Registered; apps can make instances of it.')
  @Refuses('confirmation-needed', 'invalid', 'body-too-large', 'execution-service-unreachable')
  async createViewTemplate(
    @CurrentCaller('admin') caller: AdminCaller,
    @Req() request: FastifyRequest,
  ): Promise<ViewTemplate> {
    return this.views.createTemplate(await readTemplate(CreateViewTemplate, request), caller.adminId);
  }

  @Post('view-templates/dry-run')
  @ForAdmin({ rate: 'run' })
  @ApiOperation({
    summary: 'Try source that is not registered',
    description:
      'Runs it once, as a template with these fields would be run, on the events of one app or of all. ' +
      'It can only read. Source, run and result are kept nowhere but in ' +
      'this answer. `reads` lists what the code asked of the keep through `keep.events`. As multipart: ' +
      'as for a template, `configuration` and `clientCustomData` as JSON text.',
  })
  @Takes({
    ...jsonOf('DryRunViewTemplate', { distance: dryRunExample, spending: spendingTrial }),
    ...uploadOf('DryRunUpload'),
  })
  @Answers(200, 'DryRun', 'The run, whatever became of it.')
  @Refuses('invalid', 'body-too-large', 'run-queue-full', 'run-queue-unreachable', 'execution-service-unreachable')
  async dryRunViewTemplate(
    @CurrentCaller('admin') caller: AdminCaller,
    @Req() request: FastifyRequest,
  ): Promise<DryRun> {
    const input = await readTemplate(DryRunViewTemplate, request);
    if (input.appId !== undefined) await this.#knownApp(input.appId);
    return this.metrics.refusable(() => this.views.dryRun(input, caller.adminId));
  }

  @Get('view-templates')
  @ApiOperation({ summary: 'List view templates', description: 'Newest first.' })
  @Answers(200, 'AdminViewTemplateList', 'A page, newest first; without source.')
  listViewTemplates(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<ViewTemplate>> {
    return answerList(this.cursors, 'admin/view-templates', caller.adminId, query, (paging) =>
      this.views.listTemplates(paging),
    );
  }

  @Get('view-templates/:id')
  @ApiOperation({
    summary: 'Read a view template with its source',
    description: 'The source is fetched from the execution service.',
  })
  @Answers(200, 'AdminViewTemplate', 'The template.')
  @Refuses('not-found', 'execution-service-unreachable')
  async getViewTemplate(@Param('id', idParameter) id: string): Promise<AdminViewTemplate> {
    const template = await this.views.getTemplate(id);
    return { ...template, files: await this.views.getTemplateSource(id) };
  }

  @Delete('view-templates/:id')
  @ApiOperation({ summary: 'Delete a view template', description: 'Refused while instances use it.' })
  @Answers(204, null, 'Deleted, with its source.')
  @Refuses('not-found', 'view-template-in-use')
  async deleteViewTemplate(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
  ): Promise<void> {
    await this.views.deleteTemplate(id, caller.adminId);
  }

  @Get('view-instances')
  @ApiOperation({
    summary: 'List view instances of every app',
    description: 'Newest first, without their permissions.',
  })
  @Answers(200, 'ViewInstanceList', 'A page, newest first.')
  listViewInstances(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(AdminViewInstanceListParameters)) query: AdminViewInstanceListParameters,
  ): Promise<ListAnswer<ViewInstance>> {
    const { app, viewTemplate } = query;
    const filter = { ...(app ? { appId: app } : {}), ...(viewTemplate ? { viewTemplateId: viewTemplate } : {}) };
    return answerList(this.cursors, 'admin/view-instances', caller.adminId, query, (paging) =>
      this.views.listInstances(filter, paging),
    );
  }

  @Get('view-instances/:id')
  @ApiOperation({ summary: 'Read a view instance with its permissions', description: 'The instance of any app.' })
  @Answers(200, 'ViewInstance', 'The instance.')
  @Refuses('not-found')
  async getViewInstance(@Param('id', idParameter) id: string): Promise<ShownInstance> {
    const instance = await this.views.getInstance(id);
    return { ...instance, permissions: await this.permissions.ofInstance(id) };
  }

  @Delete('view-instances/:id')
  @ApiOperation({
    summary: 'Delete a view instance',
    description:
      'Its permissions go with it; unfinished runs are cancelled, and what its runs came to is removed. ' +
      'Its app can make another.',
  })
  @Answers(204, null, 'Deleted.')
  @Refuses('not-found')
  async deleteViewInstance(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
  ): Promise<void> {
    await this.views.deleteInstance(id, { kind: 'admin', id: caller.adminId });
  }

  @Get('runs')
  @ApiOperation({ summary: 'List runs of every app', description: 'Newest first, with their ledgers.' })
  @Answers(200, 'AdminRunList', 'A page, newest first.')
  @Refuses('invalid')
  listRuns(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(AdminRunListParameters)) query: AdminRunListParameters,
  ): Promise<ListAnswer<Run>> {
    const { app, quarantined } = query;
    const filter = {
      ...runFilter(query),
      ...(app ? { appId: app } : {}),
      ...(quarantined ? { quarantined: quarantined === 'true' } : {}),
    };
    return answerList(this.cursors, 'admin/runs', caller.adminId, query, (paging) =>
      this.views.listRuns(filter, paging),
    );
  }

  @Get('runs/:id')
  @ApiOperation({
    summary: 'Read a run',
    description: 'As its app reads it, and its ledger: each delivery to a worker.',
  })
  @Answers(200, 'AdminRun', 'The run, with its ledger.')
  @Refuses('not-found')
  getRun(@Param('id', idParameter) id: string): Promise<Run> {
    return this.views.getRun(id);
  }

  @Post('runs/:id/cancel')
  @ApiOperation({ summary: 'Cancel a run', description: 'A queued run never begins; a running one is ended.' })
  @Answers(202, 'AdminRun', 'A queued run is cancelled; a running one will be.')
  @Refuses('not-found', 'run-finished')
  cancelRun(@CurrentCaller('admin') caller: AdminCaller, @Param('id', idParameter) id: string): Promise<Run> {
    return this.views.cancelRun(id, { kind: 'admin', id: caller.adminId });
  }

  @Get('runtimes')
  @ApiOperation({
    summary: 'List runtimes',
    description: 'Where each is, its health, its limits, and what isolation view code has there, with the proof.',
  })
  @Answers(200, 'RuntimeList', 'All of them.')
  async listRuntimes(): Promise<Documented['RuntimeList']> {
    return { items: await this.views.runtimes(), nextCursor: null };
  }

  async #knownApp(id: string): Promise<void> {
    try {
      await this.apps.get(id);
    } catch (error) {
      if (DatakeepError.from(error)?.code !== 'not-found') throw error;
      throw DatakeepError.invalidAt('/appId', 'unknown-app', 'There is no app of that id.');
    }
  }
}
