import { Body, Controller, Delete, Get, Headers, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, ForApps } from '@datakeep/auth';
import {
  type AppCaller,
  type CursorSealer,
  terminalRunStates,
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
import { Readiness } from '@datakeep/service-host';
import { idParameter, json, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { readPrefer } from '../http/prefer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { AlsoAnswers, Answers, Refuses } from '../openapi/answers.ts';
import type { AppRun, PublicViewTemplate, ShownInstance } from '../openapi/documented.ts';
import { OptionalBody } from '../openapi/inputs.ts';
import { Metrics } from '../system-api/metrics.ts';
import { AppRunListParameters, CreateViewInstance, runFilter, StartRun } from './app-views.dto.ts';

function withoutSource({ sourceCodeId: _id, sourceDigest: _digest, ...template }: ViewTemplate): PublicViewTemplate {
  return template;
}

function withoutLedger({ ledger: _ledger, ...run }: Run): AppRun {
  return run;
}

@ApiTags('views')
@Controller('app/v1')
@ForApps()
export class AppViewsController {
  constructor(
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    @Inject(INSTANCE_PERMISSIONS) private readonly permissions: InstancePermissions,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  @Get('view-templates')
  @ApiOperation({ summary: 'List view templates', description: 'Never their source.' })
  @Answers(200, 'ViewTemplateList', 'A page, newest first.')
  listViewTemplates(
    @CurrentCaller('app') caller: AppCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<PublicViewTemplate>> {
    return answerList(this.cursors, 'app/view-templates', caller.appId, query, async (paging) => {
      const page = await this.views.listTemplates(paging);
      return { ...page, items: page.items.map(withoutSource) };
    });
  }

  @Post('view-instances')
  @ApiOperation({
    summary: 'Make a view instance',
    description: "Asks for the template's permissions in the instance's own name; the admin decides.",
  })
  @Answers(201, 'ViewInstance', 'Made, with the permissions that it asked for.')
  @Refuses('invalid', 'app-limit-reached')
  async createViewInstance(
    @CurrentCaller('app') caller: AppCaller,
    @Body(json(CreateViewInstance)) body: CreateViewInstance,
  ): Promise<ShownInstance> {
    const { instance, permissions } = await this.views.createInstance(
      caller.appId,
      body.viewTemplateId,
      body.configuration ?? null,
    );
    return { ...instance, permissions };
  }

  @Get('view-instances')
  @ApiOperation({ summary: 'List own view instances', description: 'Newest first, without their permissions.' })
  @Answers(200, 'ViewInstanceList', 'A page, newest first.')
  listViewInstances(
    @CurrentCaller('app') caller: AppCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<ViewInstance>> {
    return answerList(this.cursors, 'app/view-instances', caller.appId, query, (paging) =>
      this.views.listInstances({ appId: caller.appId }, paging),
    );
  }

  @Get('view-instances/:id')
  @ApiOperation({
    summary: 'Read a view instance with its permissions',
    description: 'Runs are refused until every profile of the template has an approved permission.',
  })
  @Answers(200, 'ViewInstance', 'The instance.')
  @Refuses('not-found')
  async getViewInstance(
    @CurrentCaller('app') caller: AppCaller,
    @Param('id', idParameter) id: string,
  ): Promise<ShownInstance> {
    const instance = await this.views.getInstance(id, caller.appId);
    return { ...instance, permissions: await this.permissions.ofInstance(id) };
  }

  @Delete('view-instances/:id')
  @ApiOperation({
    summary: 'Delete a view instance',
    description: 'Its permissions go with it; unfinished runs are cancelled, and what its runs came to is removed.',
  })
  @Answers(204, null, 'Deleted.')
  @Refuses('not-found')
  async deleteViewInstance(
    @CurrentCaller('app') caller: AppCaller,
    @Param('id', idParameter) id: string,
  ): Promise<void> {
    await this.views.deleteInstance(id, { kind: 'app', id: caller.appId });
  }

  @Post('view-instances/:id/runs')
  @ForApps({ rate: 'run' })
  @ApiOperation({
    summary: 'Run a view instance',
    description: 'Queues a run. With `Prefer: wait=SECONDS` (≤ 30) the answer waits for its end.',
  })
  @ApiHeader({ name: 'Prefer', required: false, schema: { type: 'string' }, example: 'wait=10' })
  @OptionalBody(StartRun)
  @Answers(202, 'Run', 'Queued.', { Location: 'where the run is read' })
  @AlsoAnswers(200, 'Run', 'Finished within the time that Prefer named.', {
    Location: 'where the run is read',
    'Preference-Applied': '`wait=SECONDS`',
  })
  @Refuses('not-found', 'view-not-permitted', 'invalid', 'run-queue-full', 'run-queue-unreachable')
  async startRun(
    @CurrentCaller('app') caller: AppCaller,
    @Param('id', idParameter) id: string,
    @Body(json(StartRun, { optional: true })) body: StartRun,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AppRun> {
    const { wait } = readPrefer(prefer);
    let run = await this.metrics.refusable(() => this.views.startRun(caller.appId, id, body.clientCustomData));
    if (wait !== undefined) {
      reply.header('preference-applied', `wait=${wait}`);
      run = await this.#waitFor(run, wait * 1000);
    }
    reply.header('location', `/app/v1/runs/${run.id}`);
    reply.status(wait !== undefined && terminalRunStates.includes(run.state) ? 200 : 202);
    return withoutLedger(run);
  }

  @Get('runs')
  @ApiOperation({ summary: 'List own runs', description: 'Newest first, of every view instance or of one.' })
  @Answers(200, 'RunList', 'A page, newest first.')
  @Refuses('invalid')
  listRuns(
    @CurrentCaller('app') caller: AppCaller,
    @Query(parameters(AppRunListParameters)) query: AppRunListParameters,
  ): Promise<ListAnswer<AppRun>> {
    return answerList(this.cursors, 'app/runs', caller.appId, query, async (paging) => {
      const page = await this.views.listRuns({ ...runFilter(query), appId: caller.appId }, paging);
      return { ...page, items: page.items.map(withoutLedger) };
    });
  }

  @Get('runs/:id')
  @ApiOperation({ summary: 'Read a run', description: 'Its state, result, log and usage.' })
  @Answers(200, 'Run', 'The run.')
  @Refuses('not-found')
  async getRun(@CurrentCaller('app') caller: AppCaller, @Param('id', idParameter) id: string): Promise<AppRun> {
    return withoutLedger(await this.views.getRun(id, caller.appId));
  }

  @Post('runs/:id/cancel')
  @ApiOperation({ summary: 'Cancel a run', description: 'A queued run never begins; a running one is ended.' })
  @Answers(202, 'Run', 'A queued run is cancelled; a running one will be.')
  @Refuses('not-found', 'run-finished')
  async cancelRun(@CurrentCaller('app') caller: AppCaller, @Param('id', idParameter) id: string): Promise<AppRun> {
    await this.views.getRun(id, caller.appId);
    return withoutLedger(await this.views.cancelRun(id, { kind: 'app', id: caller.appId }));
  }

  /**
   * A waiting caller must not delay a shutdown: it gets the run in its present state. Where that is out of reach it
   * gets the run as it was made, since 503 would say that nothing was done.
   */
  async #waitFor(run: Run, ms: number): Promise<Run> {
    const stopped = Promise.withResolvers<Run>();
    const forget = this.readiness.onStop(() => stopped.resolve(this.views.waitForRun(run.id, 0)));
    try {
      return await Promise.race([this.views.waitForRun(run.id, ms), stopped.promise]);
    } catch (error) {
      if (error instanceof DatakeepError && error.status === 503) return run;
      throw error;
    } finally {
      forget();
    }
  }
}
