import { useState } from 'react';
import { useSecondFactor } from '../../../api/lookups.ts';
import { isProblem } from '../../../api/problem.ts';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import {
  Alert,
  Button,
  Code,
  Group,
  Modal,
  Paper,
  Skeleton,
  Stack,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { exactTime, When } from '../../../components/ui/When.tsx';
import { type BackupSchedule, useBackupSchedule, useDeleteBackupSchedule } from '../queries.ts';
import { keepText, scheduleText } from '../schedule-form.ts';
import { SetSchedule } from './SetSchedule.tsx';

function DrillState({ drill: { at, fault } }: { readonly drill: NonNullable<BackupSchedule['lastDrill']> }) {
  return (
    <>
      <When at={at} />, {fault === null ? 'all there' : <StateBadge state="failed" />}
    </>
  );
}

function State({ schedule }: { readonly schedule: BackupSchedule }) {
  const { source, cron, keep, timeZone, nextAt, lastMade, lastDrill } = schedule;
  return (
    <>
      <Facts
        facts={{
          'A backup is made': `${scheduleText(cron ?? '')} (${timeZone})`,
          Kept: keep === null ? 'all' : `the newest of ${keepText(keep)}`,
          'Next one': <When at={nextAt} />,
          'Last one': lastMade === null ? 'none yet' : <When at={lastMade.at} />,
          'Last drill': lastDrill === null ? 'none yet' : <DrillState drill={lastDrill} />,
        }}
      />
      {source === 'configuration' && (
        <Text size="sm">
          The variables <Code>BACKUP_SCHEDULE</Code> and <Code>BACKUP_KEEP</Code> set it; it is changed where the keep
          is started.
        </Text>
      )}
    </>
  );
}

function TurnOff({ onClose, opened }: { readonly opened: boolean; readonly onClose: () => void }) {
  const remove = useDeleteBackupSchedule();
  return (
    <ConfirmDialog
      opened={opened}
      title="Turn the schedule off"
      action="Turn off"
      pending={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            notifyDone('The keep makes no more backups by itself.');
          },
        })
      }
    >
      The keep forgets the schedule and its passphrase, which you need for the backups that are there.
    </ConfirmDialog>
  );
}

/** When the keep makes backups by itself, and how the last one ended. */
export function Schedule() {
  const query = useBackupSchedule();
  const needsCode = typeof useSecondFactor().data?.enabledAt === 'string';
  const [open, setOpen] = useState<'set' | 'off'>();
  const close = (): void => setOpen(undefined);
  const schedule = query.data;
  // The card of backups says why.
  if (isProblem(query.error, 'backups-elsewhere')) return null;
  const isSet = schedule !== undefined && schedule.source !== 'none';
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2} size="h4">
          Schedule
        </Title>
        {query.isPending && <Skeleton height={60} aria-label="Loading the schedule of backups" />}
        <ProblemAlert error={query.error} />
        {schedule?.failed && (
          <Alert
            color="red"
            variant="outline"
            role="alert"
            title={`The backup of ${exactTime(schedule.failed.at)} failed`}
          >
            {schedule.failed.reason}
          </Alert>
        )}
        {typeof schedule?.lastDrill?.fault === 'string' && (
          <Alert
            color="red"
            variant="outline"
            role="alert"
            title={`The drill of ${exactTime(schedule.lastDrill.at)} failed`}
          >
            {schedule.lastDrill.fault}
          </Alert>
        )}
        {isSet && <State schedule={schedule} />}
        {schedule?.source === 'none' && <Text c="dimmed">None: a backup is made only when you ask for one.</Text>}
        {schedule !== undefined && schedule.source !== 'configuration' && (
          <Group gap="xs">
            <Button {...(isSet ? { variant: 'default' } : {})} onClick={() => setOpen('set')}>
              {isSet ? 'Change the schedule' : 'Set a schedule'}
            </Button>
            {isSet && (
              <Button variant="default" onClick={() => setOpen('off')}>
                Turn off
              </Button>
            )}
          </Group>
        )}
      </Stack>
      <Modal
        opened={open === 'set' && schedule !== undefined}
        onClose={close}
        title="Back up by itself"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {schedule !== undefined && <SetSchedule schedule={schedule} needsCode={needsCode} onSet={close} />}
      </Modal>
      <TurnOff opened={open === 'off'} onClose={close} />
    </Paper>
  );
}
