import { useState } from 'react';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Button, Group, MultiSelect, Paper, Select, Skeleton, Stack, Text } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { pageSizes, queryOf, type BrowserState } from '../browser-state.ts';
import { useCount, useEventPage, useExplain, type EventQuery } from '../queries.ts';
import { shortText } from '../titles.ts';
import type { Fields } from '../use-fields.ts';
import { EventTable } from './EventTable.tsx';
import { ExplanationText } from './ExplanationText.tsx';

interface Properties {
  readonly profile: string;
  /** Events of the profile, where that is known. */
  readonly total: number | undefined;
  readonly fields: Fields;
  readonly state: BrowserState;
  readonly onChange: (change: Partial<BrowserState>) => void;
}

/** The events of a profile that the filter leaves, a page at a time. */
export function EventsTab({ profile, total, fields, state, onChange }: Properties) {
  const columns = state.columns ?? fields.defaultColumns;
  const query = queryOf(profile, state, columns);
  const paging = usePaging(JSON.stringify([query, state.size]));
  const page = useEventPage(query, state.size, paging.cursor, fields.isLoaded);
  const [choosing, setChoosing] = useState(false);

  if (total === 0)
    return (
      <EmptyState title="No events yet">
        An app that may add events of this profile sends them; see{' '}
        <TextLink to="/requests" underline="always">
          who asks
        </TextLink>
        . Or{' '}
        <TextLink to="/data/import/events" underline="always">
          import
        </TextLink>{' '}
        what another keep exported.
      </EmptyState>
    );
  const { data } = page;
  return (
    <Stack gap="sm">
      <ProblemAlert error={page.error} />
      <Group justify="space-between" align="flex-end">
        <PageStatus query={query} paging={paging} size={state.size} shown={data?.items.length} total={total} />
        <Group gap="xs" align="flex-end">
          <Button variant="default" size="xs" aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
            Columns
          </Button>
          <Select
            size="xs"
            w={130}
            aria-label="Events on a page"
            value={String(state.size)}
            onChange={(size) => size && onChange({ size: Number(size) })}
            data={[...new Set([...pageSizes, state.size])].map((size) => ({
              value: String(size),
              label: `${size} on a page`,
            }))}
            allowDeselect={false}
          />
        </Group>
      </Group>
      {choosing && (
        <MultiSelect
          label="Columns"
          description="In this order. What is not chosen is not asked for, which makes long events quick."
          data={[...new Set([...fields.all.map(({ path }) => path), ...columns])].map((path) => ({
            value: path,
            label: shortText(fields.find(path).label),
          }))}
          value={[...columns]}
          onChange={(paths) => onChange({ columns: paths.length === 0 ? undefined : paths })}
          searchable
          maxDropdownHeight={280}
        />
      )}
      {page.isPending && !page.error && <Skeleton height={360} aria-label="Loading the events" />}
      {data?.items.length === 0 && paging.page === 1 && (
        <EmptyState title="No event matches">Take a condition away, or make it wider.</EmptyState>
      )}
      {data && (data.items.length > 0 || paging.page > 1) && (
        <EventTable
          events={data.items}
          columns={columns.map((path) => fields.find(path))}
          sort={state.sort}
          isStale={page.isPlaceholderData}
          onSort={(sort) => onChange({ sort })}
          onOpen={(event) => onChange({ event })}
        />
      )}
      <Group justify="space-between" align="flex-start">
        <Explain query={query} size={state.size} />
        <Pager paging={paging} nextCursor={data?.nextCursor} busy={page.isPlaceholderData} />
      </Group>
    </Stack>
  );
}

interface StatusProperties {
  readonly query: EventQuery;
  readonly paging: { readonly page: number };
  readonly size: number;
  readonly shown: number | undefined;
  readonly total: number | undefined;
}

/** Which events are in sight, and of how many: counted by the keep only where that is asked, since it looks at each. */
function PageStatus({ query, paging, size, shown, total }: StatusProperties) {
  const [asked, setAsked] = useState<string>();
  const filter = JSON.stringify(query.filter);
  const isFiltered = filter !== '{}';
  const isAsked = asked === filter && isFiltered;
  const counted = useCount(query, isAsked);
  const of = isFiltered ? (isAsked ? counted.data : undefined) : total;
  const from = (paging.page - 1) * size;
  return (
    <Group gap="xs">
      <Text size="sm" role="status">
        {shown !== undefined &&
          shown > 0 &&
          `Events ${(from + 1).toLocaleString()} to ${(from + shown).toLocaleString()}` +
            (of === undefined ? '' : ` of ${of.toLocaleString()}`)}
        {shown === 0 && of !== undefined && countText(of, 'event')}
      </Text>
      {isFiltered && of === undefined && (
        <Button variant="default" size="compact-xs" loading={counted.isFetching} onClick={() => setAsked(filter)}>
          Count all that match
        </Button>
      )}
      {isAsked && <ProblemAlert error={counted.error} />}
    </Group>
  );
}

/** How the page was found, where one wants to know. */
function Explain({ query, size }: { readonly query: EventQuery; readonly size: number }) {
  const explain = useExplain();
  const asked = JSON.stringify(explain.variables?.query) === JSON.stringify(query);
  return (
    <Stack gap="xs" align="flex-start" style={{ flex: '1 1 16rem' }}>
      <Button
        variant="subtle"
        size="compact-sm"
        loading={explain.isPending}
        onClick={() => explain.mutate({ query, limit: size })}
      >
        How were these found?
      </Button>
      <div role="status">
        {asked && explain.isSuccess && (
          <Paper withBorder p="sm" maw={680}>
            <ExplanationText explanation={explain.data} />
          </Paper>
        )}
        {asked && <ProblemAlert error={explain.error} />}
      </div>
    </Stack>
  );
}
