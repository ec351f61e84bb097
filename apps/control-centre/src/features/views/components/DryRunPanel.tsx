import { useRef, useState } from 'react';
import { useAppChoices } from '../../../api/lookups.ts';
import type { DryRun } from '../../../api/operations.ts';
import { CodeView, JsonView } from '../../../components/code/code.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import {
  Alert,
  Button,
  Code,
  Group,
  List,
  Paper,
  Select,
  Stack,
  Text,
  Textarea,
  Title,
} from '../../../components/ui/mantine.ts';
import { bytesText, countText, durationText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { visibleText } from '../../../components/ui/visible-text.ts';
import { bodyOf, type Draft, readJson } from '../draft.ts';
import { useDryRun } from '../queries.ts';

function Outcome({ run }: { readonly run: DryRun }) {
  const { usage } = run;
  return (
    <Stack gap="sm" role="status">
      <Group gap="xs">
        <StateBadge state={run.state} />
        {usage?.wallMs !== undefined && <Text size="sm">in {durationText(usage.wallMs)}</Text>}
      </Group>
      {run.error !== undefined && (
        <Alert color="red" variant="outline" title="It did not succeed">
          <Untrusted text={run.error.message} max={600} lines />
          {run.error.file !== undefined && (
            <Text size="sm">
              In <Code>{run.error.file}</Code>
              {run.error.line === undefined ? '' : `, line ${run.error.line}`}
            </Text>
          )}
        </Alert>
      )}
      {run.state === 'succeeded' && <JsonView label="Result of the dry run" value={run.result ?? null} />}
      <Text size="sm" fw={600}>
        What it asked of your data
      </Text>
      {run.reads.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing.
        </Text>
      ) : (
        <List size="sm">
          {run.reads.map(({ method, profile, calls, items, refused }) => (
            <List.Item key={`${method}${profile ?? ''}`}>
              <Code>{method}</Code> {profile !== undefined && <Untrusted text={profile} max={60} />}:{' '}
              {countText(calls, 'call')}, {countText(items, 'answer')}
              {refused > 0 && <strong>, {countText(refused, 'refusal')}</strong>}
            </List.Item>
          ))}
        </List>
      )}
      {run.logs.length > 0 && (
        <>
          <Text size="sm" fw={600}>
            What it printed
          </Text>
          <CodeView
            label="Log of the dry run"
            language="text"
            value={run.logs.map(({ level, text }) => `${level} ${text}`).join('\n')}
            maxHeight={200}
          />
        </>
      )}
      {usage !== undefined && (
        <Facts
          facts={{
            'Processor time': usage.cpuMs === undefined ? undefined : durationText(usage.cpuMs),
            Memory: usage.peakMemoryMiB === undefined ? undefined : bytesText(usage.peakMemoryMiB * 1024 * 1024),
            'Events read': usage.eventsRead?.toLocaleString(),
          }}
        />
      )}
    </Stack>
  );
}

interface Properties {
  readonly draft: Draft;
  readonly run: DryRun | undefined;
  readonly onRun: (run: DryRun | undefined) => void;
  /** A refusal of the code itself is shown at its line by the form. */
  readonly onRefused: (error: unknown) => void;
}

/** Tries the code beside it: on which app's events, with which configuration and call data. Nothing is stored. */
export function DryRunPanel({ draft, run, onRun, onRefused }: Properties) {
  const [appId, setAppId] = useState<string | null>(null);
  const [configuration, setConfiguration] = useState('');
  const [callData, setCallData] = useState('');
  const apps = useAppChoices(true);
  const dry = useDryRun();
  const stop = useRef<AbortController>(undefined);
  const readConfiguration = readJson(configuration);
  const readCallData = readJson(callData);
  const faulty = readConfiguration.fault !== undefined || readCallData.fault !== undefined;
  const start = (): void => {
    stop.current = new AbortController();
    onRun(undefined);
    onRefused(undefined);
    const body = {
      ...bodyOf({ ...draft, name: draft.name === '' ? 'Dry run' : draft.name }),
      ...(readConfiguration.value === undefined ? {} : { configuration: readConfiguration.value }),
      ...(readCallData.value === undefined ? {} : { clientCustomData: readCallData.value }),
      ...(appId === null ? {} : { appId }),
    };
    dry.mutate({ body: body as never, signal: stop.current.signal }, { onSuccess: onRun, onError: onRefused });
  };
  return (
    <Paper withBorder p="md" component="section" aria-label="Dry run">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Try it
        </Title>
        <Text size="sm" c="dimmed">
          It runs once, apart from everything else, and may only read. Nothing is kept.
        </Text>
        <Select
          label="On the events of"
          placeholder="every app"
          clearable
          searchable
          data={(apps.data ?? []).map(({ id, name }) => ({ value: id, label: visibleText(name.slice(0, 60)) }))}
          value={appId}
          onChange={setAppId}
          clearButtonProps={{ 'aria-label': 'Every app' }}
        />
        <Textarea
          label="Configuration, as JSON"
          placeholder="null"
          autosize
          minRows={2}
          maxRows={8}
          value={configuration}
          error={readConfiguration.fault}
          onChange={(event) => setConfiguration(event.currentTarget.value)}
        />
        <Textarea
          label="Call data, as JSON"
          placeholder="null"
          autosize
          minRows={2}
          maxRows={8}
          value={callData}
          error={readCallData.fault}
          onChange={(event) => setCallData(event.currentTarget.value)}
        />
        <Group>
          <Button onClick={start} loading={dry.isPending} disabled={faulty}>
            Dry run
          </Button>
          {dry.isPending && (
            <Button variant="default" onClick={() => stop.current?.abort()}>
              Stop waiting
            </Button>
          )}
        </Group>
        {!stop.current?.signal.aborted && <ProblemAlert error={dry.error} />}
        {run !== undefined && <Outcome run={run} />}
      </Stack>
    </Paper>
  );
}
