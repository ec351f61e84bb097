import { useState } from 'react';
import type { AdminRun } from '../../../api/operations.ts';
import { CodeView, JsonView } from '../../../components/code/code.tsx';
import { AppName } from '../../../components/names/AppName.tsx';
import { TemplateName } from '../../../components/names/TemplateName.tsx';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import {
  Alert,
  Anchor,
  Button,
  Code,
  List,
  Progress,
  Skeleton,
  Stack,
  Table,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { bytesText, durationText } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { exactTime, When } from '../../../components/ui/When.tsx';
import { useCancel, useRun } from '../queries.ts';

/** Of the run before: a stretch of time that it took. */
function since(start: string | undefined, end: string | undefined): string {
  return start === undefined || end === undefined
    ? ''
    : ` (${durationText(Date.parse(end) - Date.parse(start))} later)`;
}

function Timeline({ run }: { readonly run: AdminRun }) {
  const { createdAt, startedAt, finishedAt, ledger } = run;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Timeline
      </Title>
      <List type="ordered">
        <List.Item>Queued: {exactTime(createdAt)}</List.Item>
        {ledger.deliveries.map(({ attempt, startedAt: began, endedAt, end }) => (
          <List.Item key={attempt}>
            Attempt {attempt} began: {exactTime(began)}
            {since(createdAt, began)}
            {end === 'interrupted' && `; it was interrupted${since(began, endedAt)} and waited again`}
          </List.Item>
        ))}
        {finishedAt === undefined ? (
          <List.Item>{startedAt === undefined ? 'It waits for a worker.' : 'It is running now.'}</List.Item>
        ) : (
          <List.Item>
            Ended: {exactTime(finishedAt)}
            {since(startedAt, finishedAt)}
          </List.Item>
        )}
      </List>
      {ledger.quarantined && (
        <Alert color="red" variant="outline" title="In quarantine">
          Every attempt failed in the keep's own parts. It is not delivered again; the keep's log says more.
        </Alert>
      )}
    </Stack>
  );
}

function Usage({ run }: { readonly run: AdminRun }) {
  const { usage, error } = run;
  if (usage === undefined) return null;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Time', usage.wallMs === undefined ? undefined : durationText(usage.wallMs)],
    ['Processor time', usage.cpuMs === undefined ? undefined : durationText(usage.cpuMs)],
    ['Memory at most', usage.peakMemoryMiB === undefined ? undefined : bytesText(usage.peakMemoryMiB * 1024 * 1024)],
    ['Events read', usage.eventsRead?.toLocaleString()],
    ['Data read', usage.bytesRead === undefined ? undefined : bytesText(usage.bytesRead)],
    ['Events written', usage.eventsWritten?.toLocaleString()],
    ['Result', usage.resultBytes === undefined ? undefined : bytesText(usage.resultBytes)],
    [
      'Log',
      usage.logBytes === undefined
        ? undefined
        : bytesText(usage.logBytes) + (usage.logBytesDropped ? `, ${bytesText(usage.logBytesDropped)} left out` : ''),
    ],
  ];
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        What it used
      </Title>
      <Facts facts={Object.fromEntries(rows)} />
      {error?.limit !== undefined && error.used !== undefined && (
        <>
          <Text size="sm">
            Used {error.used.toLocaleString()} of the {error.limit.toLocaleString()} that it may.
          </Text>
          <Progress
            value={Math.min(100, (error.used / error.limit) * 100)}
            color="red.9"
            aria-label="Used of the limit"
          />
        </>
      )}
    </Stack>
  );
}

function Failure({ run }: { readonly run: AdminRun }) {
  const { error } = run;
  if (error === undefined) return null;
  return (
    <Alert color="red" variant="outline" title="It did not succeed">
      <Untrusted text={error.message} max={600} lines />
      {error.file !== undefined && (
        <Text size="sm" mt="xs">
          In <Code>{error.file}</Code>
          {error.line === undefined ? '' : `, line ${error.line}`}
        </Text>
      )}
      <Text size="xs" mt="xs">
        <Anchor href={`/docs/errors#run-${error.code}`} target="_blank" size="xs">
          What “{error.code}” means
        </Anchor>
      </Text>
    </Alert>
  );
}

function Log({ run }: { readonly run: AdminRun }) {
  if (run.logs.length === 0) return null;
  const text = run.logs.map(({ at, level, text: line }) => `${at.slice(11, 23)} ${level.padEnd(5)} ${line}`).join('\n');
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        What it printed
      </Title>
      <CodeView label="Log" language="text" value={text} maxHeight={320} />
    </Stack>
  );
}

function Cancel({ run }: { readonly run: AdminRun }) {
  const [opened, setOpened] = useState(false);
  const cancel = useCancel(run.id);
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Cancel the run
      </Button>
      <ConfirmDialog
        opened={opened}
        title="Cancel this run"
        action="Cancel the run"
        pending={cancel.isPending}
        error={cancel.error}
        onClose={() => setOpened(false)}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setOpened(false) })}
      >
        Its code is stopped at once. Events that it wrote already stay.
      </ConfirmDialog>
    </>
  );
}

export function RunPage({ runId }: { readonly runId: string }) {
  const { data: run, error } = useRun(runId);
  if (run === undefined)
    return (
      <Page title="Run">
        {error === null ? <Skeleton height={240} aria-label="Loading the run" /> : <ProblemAlert error={error} />}
      </Page>
    );
  const unfinished = run.state === 'queued' || run.state === 'running';
  const { templateVersion } = run as AdminRun & { templateVersion?: number };
  return (
    <Page
      title="Run"
      actions={
        <>
          <span role="status">
            <StateBadge state={run.state} />
          </span>
          {unfinished && <Cancel run={run} />}
        </>
      }
    >
      <Facts
        facts={{
          'Asked for by': <AppName id={run.ledger.appId} />,
          View: (
            <>
              <TemplateName id={run.ledger.viewTemplateId} />
              {templateVersion === undefined ? '' : `, version ${templateVersion}`}
            </>
          ),
          Instance: (
            <TextLink to="/views/instances/$instanceId" params={{ instanceId: run.viewInstanceId }} inherit>
              its configuration and permissions
            </TextLink>
          ),
          Asked: <When at={run.createdAt} />,
          Attempts: run.attempts.toLocaleString(),
        }}
      />
      <Failure run={run} />
      {run.state === 'succeeded' && (
        <Stack gap="xs">
          <Title order={2} size="h4">
            Result: what the app got
          </Title>
          <JsonView label="Result" value={run.result ?? null} />
        </Stack>
      )}
      <Log run={run} />
      <Timeline run={run} />
      <Usage run={run} />
      <details>
        <summary>Ids, digests, and what kept it apart</summary>
        <Table mt="xs">
          <Table.Tbody>
            {run.isolation !== undefined && (
              <Table.Tr>
                <Table.Th scope="row">Kept apart by</Table.Th>
                <Table.Td>{run.isolation.layers.join(', ') || run.isolation.level}</Table.Td>
              </Table.Tr>
            )}
            <Table.Tr>
              <Table.Th scope="row">Run</Table.Th>
              <Table.Td>
                <Code>{run.id}</Code>
              </Table.Td>
            </Table.Tr>
            <Table.Tr>
              <Table.Th scope="row">SHA-256 of the source</Table.Th>
              <Table.Td>
                <Code>{run.ledger.sourceDigest ?? '—'}</Code>
              </Table.Td>
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </details>
    </Page>
  );
}
