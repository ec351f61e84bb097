import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, ForApps } from '@datakeep/auth';
import { type AppCaller, type CursorSealer, type Permission, CURSORS } from '@datakeep/contracts';
import { profileLibrary, Permissions, Profiles, type ProfileRecord } from '@datakeep/registry';
import { idParameter, json, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { AlsoAnswers, Answers, Refuses } from '../openapi/answers.ts';
import type { Documented } from '../openapi/documented.ts';
import { profileParameter } from '../openapi/inputs.ts';
import { RegisterProfile, RequestPermission } from './app-consent.dto.ts';

/** What an app says about its data, and what it asks the owner for. */
@ApiTags('profiles and permissions')
@Controller('app/v1')
@ForApps()
export class AppConsentController {
  constructor(
    private readonly profiles: Profiles,
    private readonly permissions: Permissions,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
  ) {}

  @Post('profiles')
  @ApiOperation({
    summary: 'Register a profile',
    description:
      'A JSON Schema under a name. The same schema again is no error; another under the same name is. The name ' +
      'of one of the profile library is enough.',
  })
  @Answers(201, 'Profile', 'Registered.')
  @AlsoAnswers(200, 'Profile', 'It was registered with the same schema before.')
  @Refuses('profile-differs', 'invalid', 'app-limit-reached')
  async registerProfile(
    @CurrentCaller('app') caller: AppCaller,
    @Body(json(RegisterProfile)) body: RegisterProfile,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProfileRecord> {
    const { profile, created } = await this.profiles.register(body.name, body.schema, caller.appId);
    if (!created) reply.status(200);
    return profile;
  }

  @Get('profile-library')
  @ApiOperation({
    summary: 'List the profile library',
    description: 'Profiles by whose names apps of different authors mean the same. `POST /profiles` registers one.',
  })
  @Answers(200, 'ProfileLibrary', 'All of it.')
  listProfileLibrary(): Documented['ProfileLibrary'] {
    return { items: [...profileLibrary().values()] };
  }

  @Get('profiles')
  @ApiOperation({ summary: 'List profiles with their schemas', description: 'Of every app: schemas are not secret.' })
  @Answers(200, 'ProfileList', 'A page.')
  listProfiles(
    @CurrentCaller('app') caller: AppCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<ProfileRecord>> {
    return answerList(this.cursors, 'profiles', caller.appId, query, (paging) => this.profiles.list(paging));
  }

  @Get('profiles/:name')
  @ApiOperation({ summary: 'Read a profile', description: 'A `/` in the name is written `%2F`.' })
  @ApiParam(profileParameter)
  @Answers(200, 'Profile', 'The profile.')
  @Refuses('not-found')
  getProfile(@Param('name') name: string): Promise<ProfileRecord> {
    return this.profiles.get(name);
  }

  @Post('permissions')
  @ApiOperation({
    summary: 'Ask for a permission',
    description:
      'The admin approves, narrows or denies it. What waits already, with the same words, is not asked twice.',
  })
  @Answers(201, 'Permission', 'Asked; pending.')
  @AlsoAnswers(200, 'Permission', 'It was asked for with the same words before, and is pending.')
  @Refuses('invalid', 'app-limit-reached')
  async requestPermission(
    @CurrentCaller('app') caller: AppCaller,
    @Body(json(RequestPermission)) body: RequestPermission,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Permission> {
    const { permission, created } = await this.permissions.request(caller.appId, body);
    if (!created) reply.status(200);
    return permission;
  }

  @Get('permissions')
  @ApiOperation({ summary: 'List own permissions', description: 'Those of its view instances as well, newest first.' })
  @Answers(200, 'PermissionList', 'A page, newest first.')
  listPermissions(
    @CurrentCaller('app') caller: AppCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<Permission>> {
    return answerList(this.cursors, 'app/permissions', caller.appId, query, (paging) =>
      this.permissions.list({ appId: caller.appId }, paging),
    );
  }

  @Get('permissions/:id')
  @ApiOperation({
    summary: 'Read an own permission',
    description: 'What was asked, what is granted, and what the admin said.',
  })
  @Answers(200, 'Permission', 'The permission.')
  @Refuses('not-found')
  getPermission(@CurrentCaller('app') caller: AppCaller, @Param('id', idParameter) id: string): Promise<Permission> {
    return this.permissions.get(id, caller.appId);
  }

  @Delete('permissions/:id')
  @ApiOperation({
    summary: 'Give up an own permission',
    description:
      'A request that waits goes; what is approved is revoked. Not those of view instances, which go with these.',
  })
  @Answers(204, null, 'Given up.')
  @Refuses('not-found', 'permission-decided')
  giveUpPermission(@CurrentCaller('app') caller: AppCaller, @Param('id', idParameter) id: string): Promise<void> {
    return this.permissions.decisions.giveUp(id, caller.appId);
  }
}
