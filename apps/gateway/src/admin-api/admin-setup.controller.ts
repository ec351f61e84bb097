import { Readable } from 'node:stream';
import { Body, Controller, Headers, Inject, Optional, Post, Put, Req } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '@datakeep/auth';
import { type RestoredBackup, SETUP_RESTORE, type SetupRestore } from '@datakeep/contracts';
import { CLOCK, type Clock, DatakeepError } from '@datakeep/kernel';
import { Admins } from '@datakeep/registry';
import { octetStream } from '../http/body-parsers.ts';
import { json } from '../http/dto.ts';
import { pacedBody } from '../http/paced-body.ts';
import { Answers, binaryOf, Refuses, Takes } from '../openapi/answers.ts';
import { RestoreAtSetup } from './admin-setup.dto.ts';

/** Getting everything back on the first page of an empty keep. */
@ApiTags('backups')
@Controller('admin/v1/setup')
export class AdminSetupController {
  constructor(
    private readonly admins: Admins,
    @Inject(CLOCK) private readonly clock: Clock,
    @Optional() @Inject(SETUP_RESTORE) private readonly restore: SetupRestore | undefined,
  ) {}

  @Put('backup')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Upload a backup to a keep without an admin',
    description: 'The encrypted file, of any size; the latest counts. `POST /setup/restore` opens it.',
  })
  @ApiHeader({
    name: 'Setup-Token',
    required: true,
    schema: { type: 'string' },
    description: 'From the link that the first start printed.',
  })
  @Takes(binaryOf(octetStream))
  @Answers(200, 'UploadedBackup', 'It is there, and was not opened yet.')
  @Refuses(
    'setup-token-unknown',
    'setup-token-spent',
    'already-set-up',
    'restore-elsewhere',
    'restore-under-way',
    'unsupported-media-type',
    'body-too-slow',
    'storage-full',
  )
  async uploadBackup(
    @Headers('setup-token') setupToken: string | undefined,
    @Req() { body }: FastifyRequest,
  ): Promise<{ readonly bytes: number }> {
    if (!(body instanceof Readable))
      throw new DatakeepError('unsupported-media-type', `Send the file as ${octetStream}.`);
    const restore = this.#restore();
    // Before a byte of the body is read: anyone may call.
    await this.admins.checkSetup(setupToken ?? '');
    return { bytes: await restore.upload(pacedBody(body, this.clock)) };
  }

  @Post('restore')
  @Public({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Restore the uploaded backup',
    description:
      'Answers once all of it was unpacked and checked. Then the keep starts anew on it: it does not answer for some ' +
      'seconds, and the setup token has no power any more. Sign in with the password of that time.',
  })
  @Answers(202, 'RestoredBackup', 'It is whole, and is put in place now.')
  @Refuses(
    'setup-token-unknown',
    'setup-token-spent',
    'already-set-up',
    'restore-elsewhere',
    'restore-under-way',
    'not-found',
    'invalid',
  )
  async restoreAtSetup(
    @Body(json(RestoreAtSetup)) { setupToken, passphrase, voidTokens = false }: RestoreAtSetup,
  ): Promise<RestoredBackup> {
    const restore = this.#restore();
    await this.admins.checkSetup(setupToken);
    return restore.restore({ passphrase, voidTokens });
  }

  #restore(): SetupRestore {
    if (!this.restore) throw new DatakeepError('restore-elsewhere');
    return this.restore;
  }
}
