import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useAppChoices, useTemplateChoices } from '../../../api/lookups.ts';
import type { AdminRun } from '../../../api/operations.ts';
import { Chart } from '../../../components/charts/Chart.tsx';
import { AppName } from '../../../components/names/AppName.tsx';
import { TemplateName } from '../../../components/names/TemplateName.tsx';
import { dayStart, useAddress } from '../../../components/ui/address.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Group, Select, Skeleton, Table, TextInput } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { durationText } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { visibleText } from '../../../components/ui/visible-text.ts';
import { exactTime, When } from '../../../components/ui/When.tsx';
import { type RunFilter, type RunState, runStates, useRuns } from '../queries.ts';

function Durations({ runs }: { readonly runs: readonly AdminRun[] }) {
  const points = useMemo(
    () =>
      runs
        .filter(({ usage }) => usage?.wallMs !== undefined)
        .map(({ createdAt, usage }) => [Date.parse(createdAt) / 1000, usage!.wallMs!] as const)
        .toSorted(([left], [right]) => left - right)
        // Runs of one moment would be one point twice.
        .filter(([at], index, all) => index === 0 || all[index - 1]![0] !== at),
    [runs],
  );
  const xs = useMemo(() => points.map(([at]) => at), [points]);
  const ys = useMemo(() => points.map(([, wall]) => wall), [points]);
  if (points.length < 2) return null;
  const sorted = ys.toSorted((left, right) => left - right);
  return (
    <Chart
      kind="points"
      title="How long these runs took"
      summary={
        `Half of ${points.length} runs took at ` +
        `most ${durationText(sorted[Math.floor(sorted.length / 2)]!)}, the longest ${durationText(sorted.at(-1)!)}.`
      }
      xLabel="Asked for"
      label="Duration, ms"
      xs={xs}
      ys={ys}
      height={140}
      formatX={(at) => exactTime(at * 1000)}
      formatY={durationText}
    />
  );
}

function RunRow({ run }: { readonly run: AdminRun }) {
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/runs/$runId" params={{ runId: run.id }} inherit>
          <When at={run.createdAt} />
        </TextLink>
      </Table.Td>
      <Table.Td>
        <StateBadge state={run.state} />
      </Table.Td>
      <Table.Td>
        <AppName id={run.ledger.appId} />
      </Table.Td>
      <Table.Td>
        <TemplateName id={run.ledger.viewTemplateId} />
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        {run.usage?.wallMs === undefined ? '—' : durationText(run.usage.wallMs)}
      </Table.Td>
      <Table.Td>{run.error === undefined ? '' : <Untrusted text={run.error.message} max={80} />}</Table.Td>
    </Table.Tr>
  );
}

const choicesOf = (named: readonly { readonly id: string; readonly name: string }[] = []) =>
  named.map(({ id, name }) => ({ value: id, label: visibleText(name.slice(0, 60)) }));

export function RunsPage() {
  const navigate = useNavigate();
  const apps = useAppChoices();
  const templates = useTemplateChoices();
  const { state, app, template, from } = useAddress();
  const start = dayStart(from);
  const filter: RunFilter = {
    ...(state ? { state: state as RunState } : {}),
    ...(app ? { app } : {}),
    ...(template ? { viewTemplate: template } : {}),
    ...(start ? { from: start } : {}),
  };
  const paging = usePaging(JSON.stringify(filter));
  const runs = useRuns(filter, paging.cursor);
  const change = (name: string, value: string | null): void =>
    void navigate({
      to: '/runs',
      search: (before: Record<string, unknown>) => ({ ...before, [name]: value || undefined }) as never,
      replace: true,
    });
  const items = runs.data?.items ?? [];
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Page title="Runs">
      <Group align="flex-end">
        <Select
          label="State"
          placeholder="any"
          clearable
          data={[...runStates]}
          value={state ?? null}
          onChange={(value) => change('state', value)}
          clearButtonProps={{ 'aria-label': 'Any state' }}
        />
        <Select
          label="App"
          placeholder="any"
          clearable
          searchable
          data={choicesOf(apps.data)}
          limit={100}
          value={app ?? null}
          onChange={(value) => change('app', value)}
          clearButtonProps={{ 'aria-label': 'Any app' }}
        />
        <Select
          label="View template"
          placeholder="any"
          clearable
          searchable
          data={choicesOf(templates.data)}
          limit={100}
          value={template ?? null}
          onChange={(value) => change('template', value)}
          clearButtonProps={{ 'aria-label': 'Any view template' }}
        />
        <TextInput
          type="date"
          label="Since"
          value={from ?? ''}
          onChange={(event) => change('from', event.currentTarget.value)}
        />
      </Group>
      <ProblemAlert error={runs.error} />
      {runs.isPending && <Skeleton height={200} aria-label="Loading the runs" />}
      {runs.data !== undefined && items.length === 0 && (
        <EmptyState title={isFiltered ? 'No run like that' : 'Nothing has run yet'}>
          {isFiltered ? (
            'Take a filter away.'
          ) : (
            <>
              A run is one execution of view code beside your data. An app starts it, on a view instance that you
              permitted. <TextLink to="/views">See the views</TextLink>.
            </>
          )}
        </EmptyState>
      )}
      <Durations runs={items} />
      {items.length > 0 && (
        <NamedTable name="Runs" minWidth={760} striped withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Asked for</Table.Th>
              <Table.Th scope="col">State</Table.Th>
              <Table.Th scope="col">App</Table.Th>
              <Table.Th scope="col">View</Table.Th>
              <Table.Th scope="col">Took</Table.Th>
              <Table.Th scope="col">Error</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((run) => (
              <RunRow key={run.id} run={run} />
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
      <Pager paging={paging} nextCursor={runs.data?.nextCursor} busy={runs.isFetching && runs.isPlaceholderData} />
    </Page>
  );
}
