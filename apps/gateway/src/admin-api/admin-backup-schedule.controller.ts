import { Body, Controller, Delete, Get, Inject, Optional, Put, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import {
  type AdminCaller,
  BACKUP_SCHEDULE,
  type Backups,
  BACKUPS,
  type BackupSchedule,
  type BackupScheduleState,
} from '@datakeep/contracts';
import { Admins, AuditLog } from '@datakeep/registry';
import { json } from '../http/dto.ts';
import { Answers, Refuses } from '../openapi/answers.ts';
import { SetBackupSchedule } from './admin-backups.dto.ts';
import { whereBackupsAreMade } from './backups-here.ts';

@ApiTags('backups')
@Controller('admin/v1/backups/schedule')
export class AdminBackupScheduleController {
  constructor(
    private readonly admins: Admins,
    private readonly audit: AuditLog,
    @Optional() @Inject(BACKUP_SCHEDULE) private readonly schedule: BackupSchedule | undefined,
    @Optional() @Inject(BACKUPS) private readonly backups: Backups | undefined,
  ) {}

  @Get()
  @ForAdmin()
  @ApiOperation({
    summary: 'Read the schedule of backups',
    description: 'When the next is due, and how the last one ended. The passphrase is not answered.',
  })
  @Answers(200, 'BackupSchedule', 'Where there is none, `source` is `none`.')
  @Refuses('backups-elsewhere')
  async getBackupSchedule(): Promise<BackupScheduleState> {
    return (await this.#schedule()).state();
  }

  @Put()
  @ForAdmin({ rate: 'sign-in' })
  @ApiOperation({
    summary: 'Set the schedule of backups',
    description:
      'The keep stores the passphrase, in a file that no backup has in it. Without `passphrase` the present one ' +
      'stays. The password is asked for again, with a code where a second factor is on.',
  })
  @Answers(200, 'BackupSchedule', 'Set.')
  @Refuses('backups-elsewhere', 'backup-schedule-configured', 'invalid', 'sign-in-throttled')
  async setBackupSchedule(
    @CurrentCaller('admin') { adminId }: AdminCaller,
    @Body(json(SetBackupSchedule)) { password, code, cron, keep, passphrase }: SetBackupSchedule,
    @Req() { ip }: FastifyRequest,
  ): Promise<BackupScheduleState> {
    const schedule = await this.#schedule();
    await this.admins.reauthenticate(adminId, { password, code, address: ip });
    const state = schedule.set({ cron, keep, passphrase });
    await this.#note(adminId, { cron, keep: keep ?? null, passphraseChanged: passphrase !== undefined });
    return state;
  }

  @Delete()
  @ForAdmin()
  @ApiOperation({
    summary: 'Delete the schedule of backups',
    description: 'With its passphrase. The backups stay.',
  })
  @Answers(204, null, 'Deleted.')
  @Refuses('backups-elsewhere', 'backup-schedule-configured')
  async deleteBackupSchedule(@CurrentCaller('admin') { adminId }: AdminCaller): Promise<void> {
    (await this.#schedule()).remove();
    await this.#note(adminId, { cron: null });
  }

  #schedule(): Promise<BackupSchedule> {
    return whereBackupsAreMade(this.schedule, this.backups);
  }

  #note(adminId: string, details: Readonly<Record<string, string | boolean | null>>): Promise<void> {
    return this.audit.record({
      action: 'backup.schedule-changed',
      actor: { kind: 'admin', id: adminId },
      subject: { kind: 'backup', id: 'schedule' },
      details,
    });
  }
}
