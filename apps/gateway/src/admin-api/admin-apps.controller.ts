import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import { type AdminCaller, type CursorSealer, CURSORS } from '@datakeep/contracts';
import { type App, AppRemoval, Apps, type NewAssociationToken } from '@datakeep/registry';
import { idParameter, json, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { type AppUsed, UsedLimits } from '../http/used-limits.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import { OptionalBody } from '../openapi/inputs.ts';
import { CreateApp, CreateAssociationToken, DeleteAppParameters, PatchApp, SetAppLimits } from './admin-apps.dto.ts';

@ApiTags('apps')
@Controller('admin/v1/apps')
@ForAdmin()
export class AdminAppsController {
  constructor(
    private readonly apps: Apps,
    private readonly appRemoval: AppRemoval,
    private readonly usedLimits: UsedLimits,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Make an app holder',
    description: 'A named place, to which an association token binds a program.',
  })
  @Answers(201, 'App', 'Made. Give the app an association token next.')
  @Refuses('invalid')
  createApp(@CurrentCaller('admin') caller: AdminCaller, @Body(json(CreateApp)) body: CreateApp): Promise<App> {
    return this.apps.create(body, caller.adminId);
  }

  @Get()
  @ApiOperation({ summary: 'List apps', description: 'Newest first, associated or not.' })
  @Answers(200, 'AppList', 'A page, newest first.')
  listApps(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<App>> {
    return answerList(this.cursors, 'admin/apps', caller.adminId, query, (paging) => this.apps.list(paging));
  }

  @Get(':id')
  @ApiOperation({
    summary: 'Read an app',
    description: 'Whether a program is bound to it, under what name, and when it was last used.',
  })
  @Answers(200, 'App', 'The app.')
  @Refuses('not-found')
  getApp(@Param('id', idParameter) id: string): Promise<App> {
    return this.apps.get(id);
  }

  @Get(':id/limits')
  @ApiOperation({
    summary: 'Read what an app has of what it may have',
    description:
      'Counts, but for `profileBytes` and `eventBytes`. A limit is your own number for the app, else that of the ' +
      'configuration (APP_LIMITS). Events are left out where the storage does not count them.',
  })
  @Answers(200, 'AppUsed', 'What it has, and how much it may have.')
  @Refuses('not-found')
  getAppLimits(@Param('id', idParameter) id: string): Promise<AppUsed> {
    return this.usedLimits.of(id);
  }

  @Put(':id/limits')
  @ApiOperation({
    summary: 'Set how much an app may have',
    description:
      'Your own numbers for it, all at once: what the body leaves out is that of the configuration (APP_LIMITS). ' +
      'A number below what the app has takes nothing away, and refuses more.',
  })
  @Answers(200, 'App', 'The app as it is now.')
  @Refuses('not-found', 'invalid')
  setAppLimits(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(SetAppLimits)) body: SetAppLimits,
  ): Promise<App> {
    return this.apps.setLimits(id, { ...body }, caller.adminId);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Rename or describe an app', description: 'What the body leaves out stays.' })
  @Answers(200, 'App', 'The app as it is now.')
  @Refuses('not-found', 'invalid')
  updateApp(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(PatchApp)) body: PatchApp,
  ): Promise<App> {
    return this.apps.patch(id, body, caller.adminId);
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Delete an app',
    description:
      'Its tokens stop at once; its permissions and view instances go, and its profiles that nothing names. ' +
      'Its events stay unless `events=delete`. ' +
      'Where something is out of reach, the app is `deleting`: the rest is tried again by itself, ' +
      'and by the same request.',
  })
  @Answers(204, null, 'Deleted; nothing of it is left, but for its events where they stay.')
  @Refuses('not-found', 'storage-unreachable', 'view-manager-unreachable')
  async deleteApp(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Query(parameters(DeleteAppParameters)) { events }: DeleteAppParameters,
  ): Promise<void> {
    await this.appRemoval.remove(id, caller.adminId, events ?? 'keep');
  }

  @Post(':id/association-tokens')
  @ApiOperation({
    summary: 'Make an association token',
    description: 'One-time and expiring; a new one voids the old. Shown once, here.',
  })
  @OptionalBody(CreateAssociationToken)
  @Answers(201, 'AssociationToken', 'The secret for the app.')
  @Refuses('not-found', 'invalid')
  createAssociationToken(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(CreateAssociationToken, { optional: true })) body: CreateAssociationToken,
  ): Promise<NewAssociationToken> {
    return this.apps.associations.createToken(id, body, caller.adminId);
  }

  @Post(':id/token/revoke')
  @ApiOperation({ summary: "Revoke the app's tokens", description: 'The app must be associated anew.' })
  @Answers(204, null, 'Revoked, from the next call on.')
  @Refuses('not-found')
  async revokeAppTokens(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
  ): Promise<void> {
    await this.apps.revokeToken(id, caller.adminId);
  }
}
