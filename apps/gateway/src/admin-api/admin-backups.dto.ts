import { ProvePresence } from './admin-passkeys.dto.ts';
import { OptionalText, Text } from '../http/members.ts';

export class MakeBackup extends ProvePresence {
  @Text(256, {
    format: 'password',
    pattern: '^.{12,}$',
    maxLength: 256,
    description: 'Encrypts the backup; without it the backup opens for no one. At least 12 characters.',
  })
  passphrase!: string;
}

export class SetBackupSchedule extends ProvePresence {
  @Text(100, {
    example: '0 4 * * *',
    maxLength: 100,
    description: "Minute, hour, day, month and day of the week (cron), in the keep's time zone.",
  })
  cron!: string;

  @OptionalText(100, {
    example: '7d,4w,6m',
    maxLength: 100,
    description:
      'Removes old backups once a new one was made: the newest of each of the last days, ISO weeks and months that ' +
      'have one stays. Absent: `BACKUP_KEEP`, or else all stay.',
  })
  keep?: string;

  @OptionalText(256, {
    format: 'password',
    pattern: '^.{12,}$',
    maxLength: 256,
    description: 'Encrypts the backups. At least 12 characters. Absent: the present one stays.',
  })
  passphrase?: string;
}
