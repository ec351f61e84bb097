import { Body, Controller, Delete, Get, Inject, Optional, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import { type AdminCaller, type Backups, BACKUPS, type BackupsState } from '@datakeep/contracts';
import { Admins, AuditLog } from '@datakeep/registry';
import { octetStream } from '../http/body-parsers.ts';
import { json } from '../http/dto.ts';
import { Answers, AlsoAnswers, binaryOf, Refuses } from '../openapi/answers.ts';
import { MakeBackup } from './admin-backups.dto.ts';
import { whereBackupsAreMade } from './backups-here.ts';

@ApiTags('backups')
@Controller('admin/v1/backups')
export class AdminBackupsController {
  constructor(
    private readonly admins: Admins,
    private readonly audit: AuditLog,
    @Optional() @Inject(BACKUPS) private readonly backups: Backups | undefined,
  ) {}

  @Get()
  @ForAdmin()
  @ApiOperation({
    summary: 'List backups',
    description: 'Those in `DATA_DIR/backups`, newest first, and how far the one is that is being made.',
  })
  @Answers(200, 'Backups', 'Each was read back and checked when it was made.')
  @Refuses('backups-elsewhere')
  async listBackups(): Promise<BackupsState> {
    return (await this.#backups()).state();
  }

  @Post()
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Begin a backup',
    description:
      'Of all that the keep has, at one moment, encrypted with the passphrase (age format). It goes on by itself; ' +
      '`GET /backups` says how far it is. The password is asked for again, with a code where a second factor is on.',
  })
  @Answers(202, 'Backups', 'Begun.')
  @Refuses('backups-elsewhere', 'backup-under-way', 'invalid', 'sign-in-throttled')
  async makeBackup(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(MakeBackup)) { password, code, passphrase }: MakeBackup,
    @Req() { ip }: FastifyRequest,
  ): Promise<BackupsState> {
    const backups = await this.#backups();
    await this.admins.reauthenticate(adminId, { password, code, address: ip });
    await backups.start(passphrase);
    await this.#note(adminId, 'backup.begun', 'keep');
    return backups.state();
  }

  @Get(':name')
  @ForAdmin({ recent: true })
  @ApiOperation({ summary: 'Download a backup', description: 'The encrypted file, as `datakeep restore` takes it.' })
  @AlsoAnswers(200, null, 'The file.', {}, binaryOf(octetStream))
  @Refuses('confirmation-needed', 'backups-elsewhere', 'not-found')
  async downloadBackup(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { bytes, content } = await (await this.#backups()).open(name);
    await this.#note(adminId, 'backup.downloaded', name);
    await reply
      .header('content-type', octetStream)
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('content-length', bytes)
      .send(content);
  }

  @Delete(':name')
  @ForAdmin()
  @ApiOperation({ summary: 'Delete a backup', description: 'For good.' })
  @Answers(204, null, 'Deleted.')
  @Refuses('backups-elsewhere', 'not-found')
  async deleteBackup(@CurrentCaller('admin') { adminId }: AdminCaller, @Param('name') name: string): Promise<void> {
    await (await this.#backups()).remove(name);
    await this.#note(adminId, 'backup.deleted', name);
  }

  #backups(): Promise<Backups> {
    return whereBackupsAreMade(this.backups, this.backups);
  }

  #note(adminId: string, action: string, id: string): Promise<void> {
    return this.audit.record({ action, actor: { kind: 'admin', id: adminId }, subject: { kind: 'backup', id } });
  }
}
