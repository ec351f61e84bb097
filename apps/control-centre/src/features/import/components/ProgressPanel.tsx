import { useEffect, useRef, useState } from 'react';
import type { Waiting } from '../../../api/watched-fetch.ts';
import { Button, Group, Paper, Progress, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { bytesText, countText } from '../../../components/ui/numbers.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importFlow, type Stage } from '../flow.ts';

/** How far an import is, or the undoing of one. */
export function ProgressPanel({ stage }: { readonly stage: Extract<Stage, { at: 'working' }> }) {
  const { work, progress, undone, waiting } = stage;
  const [isStopping, setStopping] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const name = work.kind === 'import' ? work.file.name : work.file;
  return (
    <Paper withBorder p="md" maw={720}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
            {work.kind === 'import' ? 'Importing' : 'Taking back'} <Untrusted text={name} max={80} />
          </Title>
          <Button
            variant="default"
            size="xs"
            loading={isStopping}
            onClick={() => {
              setStopping(true);
              importFlow.stop();
            }}
          >
            Stop
          </Button>
        </Group>
        {work.kind === 'import' ? (
          <Progress
            value={progress ? (progress.read / Math.max(work.file.size, 1)) * 100 : 0}
            aria-label="Progress of the import"
          />
        ) : (
          <Progress value={100} animated aria-label="Progress of taking back" />
        )}
        {/* It changes several times a second: read aloud is what follows it alone. */}
        <Text size="sm" c="dimmed">
          {undone
            ? `${countText(undone.deleted, 'event')} deleted.`
            : work.kind === 'import' && progress
              ? progressText(progress, work.file.size)
              : 'Beginning …'}
        </Text>
        <Text size="sm" c="dimmed" role="status">
          {waiting && waitingText(waiting)}
          You can look at other pages meanwhile; keep this tab open.
        </Text>
      </Stack>
    </Paper>
  );
}

function progressText(
  { added, known, refused, read, ms }: NonNullable<Extract<Stage, { at: 'working' }>['progress']>,
  size: number,
): string {
  const rate = Math.round((added + known) / Math.max(ms / 1000, 0.1));
  const percent = Math.floor((read / Math.max(size, 1)) * 100);
  const counts = `${added.toLocaleString()} new, ${known.toLocaleString()} known, ${refused.toLocaleString()} refused`;
  return `${bytesText(read)} of ${bytesText(size)} (${percent} %); ${counts}; ${countText(rate, 'event')} a second.`;
}

function waitingText({ since, isBusy }: Waiting): string {
  const time = new Date(since).toLocaleTimeString();
  return (
    `The keep ${isBusy ? 'has been too busy' : 'cannot be reached'} since ${time}. This waits about a minute for it, ` +
    'and goes on by itself. '
  );
}
