import { cronFault, cronLegal } from '../dates/cron.ts';
import { parseRetention, retentionLegal, retentionText } from './retention.ts';
import { text, type Variable } from './variable.ts';

export const backupVariables = {
  backupPassphrase: text('DATAKEEP_PASSPHRASE', undefined, {
    secret: true,
    description:
      'Passphrase of backups, for the command `datakeep` (default: it asks) and for BACKUP_SCHEDULE, which needs it.',
  }),
  backupSchedule: {
    name: 'BACKUP_SCHEDULE',
    default: undefined,
    unit: 'cron expression',
    secret: false,
    description:
      'When the keep (of several processes: a gateway) backs itself up to DATA_DIR/backups, in the time zone of TZ; ' +
      'default: as set in the Control Centre.',
    legal: cronLegal,
    parse: (value) => (cronFault(value) === undefined ? value : undefined),
    fault: cronFault,
  } as Variable<string | undefined>,
  backupKeep: {
    name: 'BACKUP_KEEP',
    default: undefined,
    unit: 'days, weeks, months',
    secret: false,
    description:
      'What BACKUP_SCHEDULE keeps in DATA_DIR/backups: the newest of each of the last days, ISO weeks and months ' +
      'that have one; default: everything.',
    legal: retentionLegal,
    parse: (value) => {
      const retention = parseRetention(value);
      return retention && retentionText(retention);
    },
  } as Variable<string | undefined>,
} as const;
