import { Body, Controller, Delete, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin, Public } from '@datakeep/auth';
import type { AdminCaller } from '@datakeep/contracts';
import { Admins } from '@datakeep/registry';
import { json } from '../http/dto.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import { SetUp, SignIn } from './admin-session.dto.ts';

@ApiTags('session')
@Controller('admin/v1')
export class AdminSessionController {
  constructor(private readonly admins: Admins) {}

  @Post('setup')
  @Public({ rate: 'sign-in' })
  @ApiOperation({ summary: 'Make the admin', description: 'Once, with the setup token of the first start.' })
  @Answers(201, 'Admin', 'Made. Sign in next.')
  @Refuses('setup-token-unknown', 'setup-token-spent', 'invalid')
  setUp(@Body(json(SetUp)) body: SetUp): Promise<{ readonly adminId: string; readonly name: string }> {
    return this.admins.setUp(body);
  }

  @Post('session')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Sign in',
    description: 'The token works for 8 h at most, and 30 min after its last use. There are no cookies.',
  })
  @Answers(201, 'Session', 'Signed in.')
  @Refuses('sign-in-failed', 'sign-in-throttled', 'invalid')
  signIn(
    @Body(json(SignIn)) body: SignIn,
    @Req() request: FastifyRequest,
  ): Promise<{ readonly token: string; readonly expiresAt: string }> {
    return this.admins.signIn({ ...body, address: request.ip });
  }

  @Delete('session')
  @ForAdmin({ rate: 'write' })
  @ApiOperation({ summary: 'Sign out' })
  @Answers(204, null, 'The token has no power any more.')
  async signOut(@CurrentCaller('admin') caller: AdminCaller): Promise<void> {
    await this.admins.signOut(caller);
  }
}
