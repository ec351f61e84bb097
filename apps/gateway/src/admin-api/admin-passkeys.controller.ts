import { Body, Controller, Get, Param, Patch, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin, Public } from '@datakeep/auth';
import type { AdminCaller } from '@datakeep/contracts';
import { Admins, type NewSession, type Passkey } from '@datakeep/registry';
import { idParameter, json } from '../http/dto.ts';
import { type PasskeyPlace, RelyingParties } from '../http/relying-party.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import type { Documented, PasskeyOptions } from '../openapi/documented.ts';
import { AddPasskey, ProvePresence, RenamePasskey, SignInWithPasskey } from './admin-passkeys.dto.ts';

@ApiTags('session')
@Controller('admin/v1')
export class AdminPasskeysController {
  constructor(
    private readonly admins: Admins,
    private readonly parties: RelyingParties,
  ) {}

  @Get('session/passkey')
  @Public()
  @ApiOperation({
    summary: 'Read whether passkeys work at this address',
    description: 'They do on https with a name, by PUBLIC_URL, and on localhost.',
  })
  @Answers(200, 'PasskeyPlace', 'Where they work, or why they do not.')
  getPasskeyPlace(@Req() request: FastifyRequest): PasskeyPlace {
    return this.parties.placeOf(request);
  }

  @Post('session/passkey/options')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Begin to sign in with a passkey',
    description: 'The challenge is good for one sign-in, for five minutes.',
  })
  @Answers(200, 'PasskeyOptions', 'What `navigator.credentials.get` takes, as JSON (WebAuthn Level 3).')
  @Refuses('passkeys-unavailable')
  beginPasskeySignIn(@Req() request: FastifyRequest): Promise<PasskeyOptions> {
    return this.admins.passkeys.signInOptions(this.parties.of(request));
  }

  @Post('session/passkey')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Sign in with a passkey',
    description: 'Without name, password and code: the authenticator has verified the person.',
  })
  @Answers(201, 'Session', 'Signed in.')
  @Refuses('passkey-refused', 'passkeys-unavailable', 'invalid')
  signInWithPasskey(
    @Body(json(SignInWithPasskey)) { credential }: SignInWithPasskey,
    @Req() request: FastifyRequest,
  ): Promise<NewSession> {
    const origin = { address: request.ip, userAgent: request.headers['user-agent'] };
    return this.admins.signInWithPasskey(credential, this.parties.of(request), origin);
  }

  @Get('passkeys')
  @ForAdmin()
  @ApiOperation({ summary: 'List the passkeys', description: 'And whether they work at this address of the keep.' })
  @Answers(200, 'Passkeys', 'All of them, the oldest first.')
  async listPasskeys(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Req() request: FastifyRequest,
  ): Promise<Documented['Passkeys']> {
    const items = await this.admins.passkeys.list(adminId, this.#idOf(request));
    return { ...this.parties.placeOf(request), items };
  }

  @Post('passkeys/options')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Begin to add a passkey',
    description: 'The challenge is good for one passkey, for five minutes.',
  })
  @Answers(200, 'PasskeyOptions', 'What `navigator.credentials.create` takes, as JSON (WebAuthn Level 3).')
  @Refuses('passkeys-unavailable', 'passkeys-full', 'invalid', 'sign-in-throttled')
  beginPasskey(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(ProvePresence)) { password, code }: ProvePresence,
    @Req() request: FastifyRequest,
  ): Promise<PasskeyOptions> {
    const proof = { password, code, address: request.ip };
    return this.admins.passkeys.beginRegistration(adminId, proof, this.parties.of(request));
  }

  @Post('passkeys')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({ summary: 'Add a passkey', description: 'It signs in by itself from now on.' })
  @Answers(201, 'Passkey', 'Added.')
  @Refuses('passkeys-unavailable', 'passkeys-full', 'invalid')
  addPasskey(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(AddPasskey)) body: AddPasskey,
    @Req() request: FastifyRequest,
  ): Promise<Passkey> {
    return this.admins.passkeys.register(adminId, body, this.parties.of(request));
  }

  @Patch('passkeys/:id')
  @ForAdmin()
  @ApiOperation({ summary: 'Rename a passkey', description: 'The authenticator is not asked.' })
  @Answers(200, 'Passkey', 'With its new name.')
  @Refuses('not-found', 'invalid')
  renamePasskey(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(RenamePasskey)) { name }: RenamePasskey,
    @Req() request: FastifyRequest,
  ): Promise<Passkey> {
    return this.admins.passkeys.rename(adminId, id, name, this.#idOf(request));
  }

  @Post('passkeys/:id/remove')
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({ summary: 'Remove a passkey', description: 'Ends no session.' })
  @Answers(204, null, 'It does not sign in any more.')
  @Refuses('not-found', 'invalid', 'sign-in-throttled')
  async removePasskey(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body(json(ProvePresence)) { password, code }: ProvePresence,
    @Req() { ip }: FastifyRequest,
  ): Promise<void> {
    await this.admins.passkeys.remove(adminId, id, { password, code, address: ip });
  }

  #idOf(request: FastifyRequest): string | undefined {
    return this.parties.placeOf(request).available ? this.parties.of(request).id : undefined;
  }
}
