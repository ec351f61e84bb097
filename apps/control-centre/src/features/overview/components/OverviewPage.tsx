import { Chart } from '../../../components/charts/Chart.tsx';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { ButtonLink, TextLink } from '../../../components/ui/links.tsx';
import { Card, List, SimpleGrid, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { bytesText, countText } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { dayOf } from '../../../components/ui/When.tsx';
import { useProblems } from '../problems.tsx';
import { useAppCount, useEventsPerDay, useFigures, useWaitingRequests } from '../queries.ts';

function Figure({ label, value }: { readonly label: string; readonly value: string | undefined }) {
  return (
    <Card withBorder padding="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={650}>
        {value ?? '…'}
      </Text>
    </Card>
  );
}

const verbs = { read: 'read', create: 'add to', modify: 'change', delete: 'delete' } as const;
const verbList = new Intl.ListFormat('en', { type: 'conjunction' });

function Waiting() {
  const waiting = useWaitingRequests();
  const count = waiting.data?.count ?? 0;
  if (waiting.isError) return <ProblemAlert error={waiting.error} />;
  if (count === 0) return null;
  return (
    <Card withBorder padding="lg" component="section" aria-label="Waiting for your decision">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {countText(count, 'request waits', 'requests wait')} for your decision
        </Title>
        <List>
          {waiting.data?.items.map((permission) => (
            <List.Item key={permission.id}>
              <AppName id={permission.appId} strong /> asks to{' '}
              {verbList.format(permission.requested.map((right) => verbs[right]))}{' '}
              <TextLink to="/requests/$permissionId" params={{ permissionId: permission.id }} inherit>
                <ProfileName name={permission.profile} quoted />
              </TextLink>
            </List.Item>
          ))}
        </List>
        <ButtonLink to="/requests" style={{ alignSelf: 'flex-start' }}>
          Look and decide
        </ButtonLink>
      </Stack>
    </Card>
  );
}

function PerDay() {
  const perDay = useEventsPerDay();
  if (perDay.isPending) return <Skeleton height={220} aria-label="Counting the events of each day" />;
  if (perDay.isError) return <ProblemAlert error={perDay.error} />;
  const { xs, ys, total, left } = perDay.data;
  if (total === 0)
    return (
      <Stack gap="xs">
        <Title order={2} size="h4">
          Events per day, by their own date
        </Title>
        <Text c="dimmed">
          None of the last 30 days. <TextLink to="/data">Data</TextLink> has those that are older.
        </Text>
      </Stack>
    );
  return (
    <Stack gap="xs">
      <Chart
        kind="bars"
        title="Events per day, by their own date"
        summary={`${countText(total, 'event')} in the last 30 days.`}
        xLabel="Day"
        label="Events"
        xs={xs}
        ys={ys}
        formatX={(at) => dayOf(at * 1000)}
      />
      {left > 0 && (
        <Text size="sm" c="dimmed">
          Without {countText(left, 'further profile')}.
        </Text>
      )}
    </Stack>
  );
}

export function OverviewPage() {
  const figures = useFigures();
  const apps = useAppCount();
  const { problems, ready } = useProblems();
  const { storage, documents, runQueue } = figures.data ?? {};
  const isNew = apps.data?.count === 0;
  return (
    <Page title="Overview">
      <Waiting />
      {isNew && (
        <EmptyState title="Your keep is empty">
          <TextLink to="/import">Import a file</TextLink> that another program exported: a calendar, a track, Apple
          Health, Google Timeline, Strava, a table. Or <TextLink to="/apps">connect a first app</TextLink>: make a place
          for it, and give it the one-time token that you get. Nothing gets in or out before you approve it.
        </EmptyState>
      )}
      <ProblemAlert error={figures.error} />
      {ready && (
        <Stack gap="xs" component="section" aria-label="Problems">
          <Title order={2} size="h4">
            Problems
          </Title>
          {problems.length === 0 ? (
            <Text c="dimmed">None that the keep knows of.</Text>
          ) : (
            <List>
              {problems.map(({ key, text }) => (
                <List.Item key={key}>{text}</List.Item>
              ))}
            </List>
          )}
        </Stack>
      )}
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label="Events" value={storage?.events.toLocaleString()} />
        <Figure label="Apps" value={apps.data?.count?.toLocaleString()} />
        <Figure
          label="Disk"
          value={storage === undefined ? undefined : bytesText(storage.bytes + (documents?.bytes ?? 0))}
        />
        <Figure
          label="Runs waiting or running"
          value={runQueue === undefined ? undefined : (runQueue.waiting + runQueue.active).toLocaleString()}
        />
      </SimpleGrid>
      {!isNew && <PerDay />}
    </Page>
  );
}
