import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import { type AdminCaller, type CursorSealer, type Permission, CURSORS } from '@datakeep/contracts';
import { Callers, Permissions, type ProfileRecord, ProfileRemoval, Profiles } from '@datakeep/registry';
import { idParameter, json, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { RegisterProfile } from '../app-api/app-consent.dto.ts';
import { AlsoAnswers, Answers, Refuses } from '../openapi/answers.ts';
import { OptionalBody, profileParameter } from '../openapi/inputs.ts';
import { approvalExample } from '../openapi/examples.ts';
import { ApprovePermission, PermissionListParameters, Reason } from './admin-consent.dto.ts';

@ApiTags('profiles and permissions')
@Controller('admin/v1')
@ForAdmin()
export class AdminConsentController {
  constructor(
    private readonly profiles: Profiles,
    private readonly profileRemoval: ProfileRemoval,
    private readonly permissions: Permissions,
    private readonly callers: Callers,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
  ) {}

  @Get('profiles')
  @ApiOperation({ summary: 'List profiles', description: 'With their schemas.' })
  @Answers(200, 'ProfileList', 'A page.')
  listProfiles(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<ProfileRecord>> {
    return answerList(this.cursors, 'profiles', caller.adminId, query, (paging) => this.profiles.list(paging));
  }

  @Get('profiles/:name')
  @ApiOperation({ summary: 'Read a profile', description: 'A `/` in the name is written `%2F`.' })
  @ApiParam(profileParameter)
  @Answers(200, 'Profile', 'The profile.')
  @Refuses('not-found')
  getProfile(@Param('name') name: string): Promise<ProfileRecord> {
    return this.profiles.get(name);
  }

  @Post('profiles')
  @ApiOperation({
    summary: 'Register a profile, as an app does',
    description:
      'A JSON Schema under a name. The same schema again is no error; another under the same name is. The name ' +
      'of one of the profile library is enough.',
  })
  @Answers(201, 'Profile', 'Registered.')
  @AlsoAnswers(200, 'Profile', 'It was registered with the same schema before.')
  @Refuses('profile-differs', 'invalid')
  async registerProfile(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body(json(RegisterProfile)) body: RegisterProfile,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProfileRecord> {
    const { profile, created } = await this.profiles.registerByAdmin(body.name, body.schema, caller.adminId);
    if (!created) reply.status(200);
    return profile;
  }

  @Delete('profiles/:name')
  @ApiParam(profileParameter)
  @ApiOperation({
    summary: 'Delete a profile of which there are no events',
    description:
      "Apps' permissions on it end. The answer takes some two seconds, in which no event of the profile is " +
      'taken any more.',
  })
  @Answers(204, null, 'Deleted; the name is free.')
  @Refuses('not-found', 'profile-in-use')
  async deleteProfile(@CurrentCaller('admin') caller: AdminCaller, @Param('name') name: string): Promise<void> {
    await this.profileRemoval.remove(name, caller.adminId);
  }

  @Get('permissions')
  @ApiOperation({ summary: 'List permissions', description: 'Of every app, newest first.' })
  @Answers(200, 'PermissionList', 'A page, newest first.')
  @Refuses('invalid')
  listPermissions(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(PermissionListParameters)) query: PermissionListParameters,
  ): Promise<ListAnswer<Permission>> {
    const { status, app, profile } = query;
    const filter = { ...(status ? { status } : {}), ...(app ? { appId: app } : {}), ...(profile ? { profile } : {}) };
    return answerList(this.cursors, 'admin/permissions', caller.adminId, query, (paging) =>
      this.permissions.list(filter, paging),
    );
  }

  @Get('permissions/:id')
  @ApiOperation({
    summary: 'Read a permission',
    description: 'What was asked, what is granted, and what was said of it.',
  })
  @Answers(200, 'Permission', 'The permission.')
  @Refuses('not-found')
  getPermission(@Param('id', idParameter) id: string): Promise<Permission> {
    return this.permissions.get(id);
  }

  @Post('permissions/:id/approve')
  @ApiOperation({
    summary: 'Approve a permission, whole or in part',
    description:
      'Without a body: all that was asked, until it is revoked. A later word replaces an earlier one. ' +
      'The right `delete` is given by a session that was begun or confirmed within the last five minutes.',
  })
  @OptionalBody(ApprovePermission, { whole: {}, part: approvalExample })
  @Answers(200, 'Permission', 'Approved, from the next call on.')
  @Refuses('confirmation-needed', 'not-found', 'invalid')
  async approvePermission(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(ApprovePermission, { optional: true })) { rights, expiresAt }: ApprovePermission,
  ): Promise<Permission> {
    const granted = rights ?? (await this.permissions.get(id)).requested;
    if (granted.includes('delete')) await this.callers.requireConfirmation(caller);
    return this.permissions.decisions.approve(id, caller.adminId, {
      ...(rights ? { rights } : {}),
      ...(expiresAt ? { expiresAt } : {}),
    });
  }

  @Post('permissions/:id/deny')
  @ApiOperation({ summary: 'Deny a permission', description: 'The app is told the reason.' })
  @OptionalBody(Reason)
  @Answers(200, 'Permission', 'Denied.')
  @Refuses('not-found', 'permission-decided', 'invalid')
  denyPermission(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(Reason, { optional: true })) { reason }: Reason,
  ): Promise<Permission> {
    return this.permissions.decisions.deny(id, caller.adminId, reason);
  }

  @Post('permissions/:id/revoke')
  @ApiOperation({
    summary: 'Revoke a permission',
    description: 'Counts from the next call on. The app is told the reason.',
  })
  @OptionalBody(Reason)
  @Answers(200, 'Permission', 'Revoked, from the next call on.')
  @Refuses('not-found', 'permission-decided', 'invalid')
  revokePermission(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(Reason, { optional: true })) { reason }: Reason,
  ): Promise<Permission> {
    return this.permissions.decisions.revoke(id, caller.adminId, reason);
  }
}
