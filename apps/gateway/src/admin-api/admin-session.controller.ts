import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin, Public } from '@datakeep/auth';
import { type AdminCaller, type CursorSealer, CURSORS } from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { Admins, type NewSession, type Session } from '@datakeep/registry';
import { idParameter, json, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { RelyingParties } from '../http/relying-party.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import type { Documented } from '../openapi/documented.ts';
import { ConfirmSession } from './admin-passkeys.dto.ts';
import { ChangePassword, SetUp, SignIn } from './admin-session.dto.ts';

@ApiTags('session')
@Controller('admin/v1')
export class AdminSessionController {
  constructor(
    private readonly admins: Admins,
    private readonly parties: RelyingParties,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
  ) {}

  @Post('setup')
  @Public({ rate: 'sign-in' })
  @ApiOperation({ summary: 'Make the admin', description: 'Once, with the setup token of the first start.' })
  @Answers(201, 'Admin', 'Made. Sign in next.')
  @Refuses('setup-token-unknown', 'setup-token-spent', 'invalid')
  setUpAdmin(@Body(json(SetUp)) body: SetUp): Promise<Documented['Admin']> {
    return this.admins.setUp(body);
  }

  @Post('session')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Sign in',
    description:
      'The token works for 8 h at most, and 30 min after its last use. There are no cookies. ' +
      'Where a second factor is on, the right password without a `code` is 401 `second-factor-required`.',
  })
  @Answers(201, 'Session', 'Signed in.')
  @Refuses('sign-in-failed', 'second-factor-required', 'second-factor-wrong', 'sign-in-throttled', 'invalid')
  signIn(@Body(json(SignIn)) body: SignIn, @Req() request: FastifyRequest): Promise<NewSession> {
    return this.admins.signIn({ ...body, address: request.ip, userAgent: request.headers['user-agent'] });
  }

  @Delete('session')
  @ForAdmin()
  @ApiOperation({ summary: 'Sign out', description: 'Ends the session that asks.' })
  @Answers(204, null, 'The token has no power any more.')
  async signOut(@CurrentCaller('admin') caller: AdminCaller): Promise<void> {
    await this.admins.sessions.signOut(caller);
  }

  @Post('session/confirm')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Confirm that the owner is there',
    description:
      'Registering code, granting `delete`, exports and downloads of backups need a session that was begun or ' +
      'confirmed within the last five minutes. By the password, with a `code` where a second factor is on; or by a ' +
      'passkey, with the options of a sign-in.',
  })
  @ApiBody({ type: ConfirmSession, examples: { password: { value: { password: 'the present password' } } } })
  @Answers(204, null, 'It counts for five minutes.')
  @Refuses('passkey-refused', 'passkeys-unavailable', 'invalid', 'sign-in-throttled')
  async confirmSession(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body(json(ConfirmSession)) { password, code, credential }: ConfirmSession,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    if (credential === undefined) {
      if (password === undefined) throw proofMissing();
      await this.admins.confirmByPassword(caller, { password, code, address: request.ip });
    } else {
      if (password !== undefined || code !== undefined) throw proofMissing();
      await this.admins.confirmByPasskey(caller, credential, this.parties.of(request));
    }
  }

  @Get('sessions')
  @ForAdmin()
  @ApiOperation({
    summary: 'List the sessions that are open',
    description: 'Newest first; `current` is the one that asks, `name` is that of the client.',
  })
  @Answers(200, 'SessionList', 'A page, newest first.')
  listSessions(
    @CurrentCaller('admin') caller: AdminCaller,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<Session>> {
    return answerList(this.cursors, 'admin/sessions', caller.adminId, query, (paging) =>
      this.admins.sessions.list(caller, paging),
    );
  }

  @Delete('sessions/:id')
  @ForAdmin()
  @ApiOperation({ summary: 'End a session', description: 'Another one, or the one that asks.' })
  @Answers(204, null, 'Its token has no power any more.')
  @Refuses('not-found')
  async endSession(@CurrentCaller('admin') caller: AdminCaller, @Param('id', idParameter) id: string): Promise<void> {
    await this.admins.sessions.end(caller.adminId, id);
  }

  @Post('password')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Change the password',
    description:
      'Ends every session, the one that asks too: sign in with the new password. Wrong ones are slowed like sign-ins.',
  })
  @Answers(204, null, 'Changed.')
  @Refuses('invalid', 'sign-in-throttled')
  async changePassword(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body(json(ChangePassword)) body: ChangePassword,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.admins.changePassword(caller, { ...body, address: request.ip });
  }
}

function proofMissing(): DatakeepError {
  return DatakeepError.invalidAt('', 'required', 'Either `password`, with `code` where there is one, or `credential`.');
}
