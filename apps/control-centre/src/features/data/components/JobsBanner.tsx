import { ProblemError } from '../../../api/problem.ts';
import { TextLink } from '../../../components/ui/links.tsx';
import { Alert, Button, Group, Paper, Progress, Stack, Text } from '../../../components/ui/mantine.ts';
import { bytesText, countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { exportJob } from '../export-job.ts';
import { importJob } from '../import-job.ts';
import { useJob } from '../jobs.ts';
import { shortText } from '../titles.ts';

/** Exports and imports continue in the background: their progress, on every page of the data. */
export function JobsBanner() {
  return (
    <>
      <ExportBanner />
      <ImportBanner />
    </>
  );
}

function ExportBanner() {
  const progress = useJob(exportJob);
  if (progress === undefined) return null;
  const { phase, fileName, events, characters, total, error } = progress;
  const name = shortText(fileName);
  if (phase === 'running')
    return (
      <Paper withBorder p="md">
        <Stack gap="xs">
          <Group justify="space-between">
            <Text fw={600}>Exporting {name}</Text>
            <Button variant="default" size="xs" onClick={() => exportJob.cancel()}>
              Cancel the export
            </Button>
          </Group>
          <Progress
            value={total ? Math.min(100, (events / total) * 100) : 100}
            animated={!total}
            aria-label={`Progress of the export ${name}`}
          />
          <Text size="sm" c="dimmed" role="status">
            {countText(events, 'event')}
            {total === undefined ? '' : ` of ${total.toLocaleString()}`}, {bytesText(characters)}. You can go on
            meanwhile; keep this tab open.
          </Text>
        </Stack>
      </Paper>
    );
  const close = <DismissButton onClick={() => exportJob.set(undefined)} what="export" />;
  if (phase === 'done')
    return (
      <Alert color="teal" variant="outline" title={`${name} is exported`} role="status">
        <Group justify="space-between">
          <Text size="sm">
            {countText(events, 'event')}, {bytesText(characters)}.
          </Text>
          {close}
        </Group>
      </Alert>
    );
  return (
    <Alert
      color="red"
      variant="outline"
      title={phase === 'cancelled' ? 'The export was cancelled' : 'The export is not whole'}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          Nothing was saved. It had come to {countText(events, 'event')}.
          {phase === 'failed' && !(error instanceof ProblemError) ? ` ${String(error)}` : ''}
        </Text>
        {error instanceof ProblemError && <ProblemAlert error={error} />}
        {close}
      </Stack>
    </Alert>
  );
}

function ImportBanner() {
  const progress = useJob(importJob);
  if (progress?.phase !== 'running') return null;
  return (
    <Paper withBorder p="md">
      <Text>
        An import is going on: {Math.floor((progress.bytes / Math.max(progress.file.size, 1)) * 100)} %.{' '}
        <TextLink to="/data/import/events" underline="always">
          Look at it
        </TextLink>
      </Text>
    </Paper>
  );
}

function DismissButton({ what, onClick }: { readonly what: string; readonly onClick: () => void }) {
  return (
    <Button variant="default" size="xs" onClick={onClick} aria-label={`Dismiss the message about the ${what}`}>
      Dismiss
    </Button>
  );
}
