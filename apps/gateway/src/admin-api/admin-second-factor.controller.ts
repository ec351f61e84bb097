import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import type { AdminCaller } from '@datakeep/contracts';
import { Admins, type NewTotp, type SecondFactorState } from '@datakeep/registry';
import { json } from '../http/dto.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import type { RecoveryCodes } from '../openapi/documented.ts';
import { BeginSecondFactor, ConfirmSecondFactor, ProveSecondFactor } from './admin-session.dto.ts';

@ApiTags('session')
@Controller('admin/v1/second-factor')
export class AdminSecondFactorController {
  constructor(private readonly admins: Admins) {}

  @Get()
  @ForAdmin()
  @ApiOperation({
    summary: 'Read whether a second factor is on',
    description: 'Each sign-in needs a code while one is.',
  })
  @Answers(200, 'SecondFactor', 'Since when sign-ins need a code, and how many recovery codes are left.')
  getSecondFactor(@CurrentCaller('admin') { adminId }: AdminCaller): Promise<SecondFactorState> {
    return this.admins.secondFactor.state(adminId);
  }

  @Post('totp')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Begin with an authenticator app',
    description:
      'Makes a secret for time-based one-time passwords (RFC 6238). It counts once a code of it was confirmed, ' +
      'within ten minutes.',
  })
  @Answers(201, 'NewTotp', 'The secret, as text and as the address of a QR code. Shown this once.')
  @Refuses('second-factor-enabled', 'invalid', 'sign-in-throttled')
  beginSecondFactor(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(BeginSecondFactor)) { password }: BeginSecondFactor,
    @Req() { ip }: FastifyRequest,
  ): Promise<NewTotp> {
    return this.admins.secondFactor.begin(adminId, { password, address: ip });
  }

  @Post('totp/confirm')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Turn the second factor on',
    description: 'With a code that the app shows. From now on each sign-in needs one.',
  })
  @Answers(201, 'RecoveryCodes', 'On. Ten recovery codes, each good for one sign-in without the app. Shown this once.')
  @Refuses('not-found', 'second-factor-enabled', 'invalid', 'sign-in-throttled')
  async confirmSecondFactor(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(ConfirmSecondFactor)) { code }: ConfirmSecondFactor,
  ): Promise<RecoveryCodes> {
    return { recoveryCodes: await this.admins.secondFactor.confirm(adminId, code) };
  }

  @Post('recovery-codes')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({ summary: 'Make new recovery codes', description: 'The former ones are void.' })
  @Answers(201, 'RecoveryCodes', 'Ten new ones. Shown this once.')
  @Refuses('not-found', 'invalid', 'sign-in-throttled')
  async renewRecoveryCodes(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(ProveSecondFactor)) { password, code }: ProveSecondFactor,
    @Req() { ip }: FastifyRequest,
  ): Promise<RecoveryCodes> {
    return {
      recoveryCodes: await this.admins.secondFactor.renewRecoveryCodes(adminId, { password, code, address: ip }),
    };
  }

  @Post('disable')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({ summary: 'Turn the second factor off', description: 'Sign-ins need the password alone.' })
  @Answers(204, null, 'Off.')
  @Refuses('not-found', 'invalid', 'sign-in-throttled')
  async disableSecondFactor(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(ProveSecondFactor)) { password, code }: ProveSecondFactor,
    @Req() { ip }: FastifyRequest,
  ): Promise<void> {
    await this.admins.secondFactor.disable(adminId, { password, code, address: ip });
  }
}
