import { useEffect, useRef } from 'react';
import { Alert, Button, Group, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importFlow, isFaultOfFile, type Stage } from '../flow.ts';

/** Why it stopped, what was stored by then, and how to go on. */
export function FailurePanel({ stage }: { readonly stage: Extract<Stage, { at: 'failed' }> }) {
  const { work, progress, undone, error } = stage;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Stack gap="md" maw={720}>
      <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
        {work === undefined ? 'The file cannot be used' : 'It stopped'}
      </Title>
      <Fault error={error} />
      {work?.kind === 'import' && (
        <Text size="sm">
          {(progress?.added ?? 0).toLocaleString()} new events were stored by then. The same file again adds the rest:
          nothing is stored twice.
        </Text>
      )}
      {work?.kind === 'undo' && undone !== undefined && (
        <Text size="sm">{countText(undone.deleted, 'event')} deleted by then. Another try takes back the rest.</Text>
      )}
      <Group>
        {work && <Button onClick={() => void importFlow.begin(work)}>Try again</Button>}
        <Button variant="default" onClick={() => importFlow.choose()}>
          Another file
        </Button>
      </Group>
    </Stack>
  );
}

/** What the keep, the worker or the browser refused. */
export function Fault({ error }: { readonly error: unknown }) {
  if (!isFaultOfFile(error)) return <ProblemAlert error={error} />;
  return (
    <Alert color="red" variant="outline" role="alert">
      <Untrusted text={error.message} max={600} lines />
    </Alert>
  );
}
