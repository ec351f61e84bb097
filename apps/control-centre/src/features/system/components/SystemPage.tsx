import { useRuntimes } from '../../../api/lookups.ts';
import { Facts } from '../../../components/ui/Facts.tsx';
import { Anchor, List, Paper, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { bytesText, countText, durationText, littleSpace } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useReadiness, useSystem, type System } from '../queries.ts';
import { Backups } from './Backups.tsx';
import { Keys } from './Keys.tsx';
import { Schedule } from './Schedule.tsx';

const day = 86_400_000;

function Parts({ system }: { readonly system: System }) {
  const { storage, documents, runQueue, runs, disk } = system;
  const away = <StateBadge state="out of reach" tone="bad" />;
  return (
    <>
      <Paper withBorder p="md">
        <Title order={2} size="h4" mb="sm">
          This process
        </Title>
        <Facts
          facts={{
            Datakeep: system.version,
            Node: system.node,
            'Running for': durationText(system.uptimeSeconds * 1000),
            Memory: bytesText(system.residentBytes),
          }}
        />
      </Paper>
      <Paper withBorder p="md">
        <Title order={2} size="h4" mb="sm">
          Events and records
        </Title>
        <Facts
          facts={{
            'Event engine': storage === undefined ? away : `${storage.engine} ${storage.engineVersion}`,
            Events: storage?.events.toLocaleString(),
            'Size of the events': storage === undefined ? undefined : bytesText(storage.bytes),
            'Record engine': documents === undefined ? away : documents.engine,
            'Size of the records': documents === undefined ? undefined : bytesText(documents.bytes),
            'Free on the disk': disk && (
              <Stack gap={4} align="flex-start">
                {bytesText(disk.freeBytes)} of {bytesText(disk.totalBytes)}
                {disk.freeBytes < littleSpace && <StateBadge state="nearly full" tone="bad" />}
              </Stack>
            ),
          }}
        />
      </Paper>
      <Paper withBorder p="md">
        <Title order={2} size="h4" mb="sm">
          Runs
        </Title>
        <Facts
          facts={{
            'Waiting in the queue': runQueue === undefined ? away : runQueue.waiting.toLocaleString(),
            'Running now': runQueue?.active.toLocaleString(),
            'Kept after their end':
              runs === undefined ? away : `${runs.ended.toLocaleString()} (${bytesText(runs.endedBytes)})`,
            Quarantined: runs?.quarantined.toLocaleString(),
            'Kept for at most':
              runs === undefined
                ? undefined
                : [
                    countText(Math.round(runs.retention.maxAgeMs / day), 'day'),
                    `${runs.retention.maxRuns.toLocaleString()} runs`,
                    bytesText(runs.retention.maxBytes),
                  ].join(', '),
          }}
        />
      </Paper>
    </>
  );
}

function Limits({ limits: { app, requestsPerMinute } }: { readonly limits: System['limits'] }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="sm">
        What one app may have
      </Title>
      <Facts
        facts={{
          Events: app.events.toLocaleString(),
          'Size of its events': bytesText(app.eventBytes),
          Profiles: app.profiles.toLocaleString(),
          'Size of its schemas': bytesText(app.profileBytes),
          'Requests waiting': app.pendingPermissions.toLocaleString(),
          'Permissions in all': app.permissions.toLocaleString(),
          Tokens: app.tokens.toLocaleString(),
          'View instances': app.viewInstances.toLocaleString(),
          'Runs waiting or running': app.queuedRuns.toLocaleString(),
          'Runs a day': app.runsPerDay.toLocaleString(),
          'Events read a minute': app.rowsPerMinute.toLocaleString(),
          'Reads a minute': requestsPerMinute?.read.toLocaleString() ?? 'no limit',
          'Writes a minute': requestsPerMinute?.write.toLocaleString() ?? 'no limit',
          'Runs a minute': requestsPerMinute?.run.toLocaleString() ?? 'no limit',
        }}
      />
    </Paper>
  );
}

export function SystemPage() {
  const system = useSystem();
  const readiness = useReadiness();
  const runtimes = useRuntimes();
  return (
    <Page title="System">
      <Stack>
        {readiness.data !== undefined && (
          <Text role="status">
            {readiness.data.length === 0
              ? 'Every part of the keep answers.'
              : `The keep waits for: ${readiness.data.join(', ')}.`}
          </Text>
        )}
        <ProblemAlert error={readiness.error ?? system.error} />
        {system.isPending && <Skeleton height={240} aria-label="Loading the state of the keep" />}
        <Backups />
        <Schedule />
        <Keys />
        {system.data !== undefined && <Parts system={system.data} />}
        {system.data !== undefined && <Limits limits={system.data.limits} />}
        <Paper withBorder p="md">
          <Title order={2} size="h4" mb="sm">
            View runtimes
          </Title>
          <ProblemAlert error={runtimes.error} />
          <List>
            {runtimes.data?.items.map((runtime) => (
              <List.Item key={runtime.name}>
                {runtime.name}:{' '}
                {runtime.healthy ? <StateBadge state="well" tone="good" /> : <StateBadge state="not well" tone="bad" />}
                {runtime.detail === undefined && runtime.selfTest?.passed === true ? (
                  <>
                    {' '}
                    All {runtime.selfTest.attacks.length} attacks of its self-test were refused or killed,{' '}
                    <When at={runtime.selfTest.at} />.
                  </>
                ) : (
                  ` ${runtime.detail ?? runtime.isolation.proof}`
                )}
              </List.Item>
            ))}
          </List>
          <Text size="sm" mt="sm">
            <TextLink to="/views" size="sm">
              Views
            </TextLink>{' '}
            has the attacks that prove it.
          </Text>
        </Paper>
        <Paper withBorder p="md">
          <Title order={2} size="h4" mb="sm">
            For developers
          </Title>
          <List>
            <List.Item>
              <Anchor href="/docs">API documents with every request to try (Swagger UI)</Anchor>
            </List.Item>
            <List.Item>
              <Anchor href="/openapi/app.json">OpenAPI for apps</Anchor> and{' '}
              <Anchor href="/openapi/admin.json">for the admin</Anchor>
            </List.Item>
            <List.Item>
              <Anchor href="/docs/errors">What each error means</Anchor>
            </List.Item>
          </List>
        </Paper>
      </Stack>
    </Page>
  );
}
