import { useState } from 'react';
import { Chart } from '../../../components/charts/Chart.tsx';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { Group, Select, Skeleton, Stack, Text } from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import {
  aggregationBody,
  axisOf,
  bucketText,
  groupsOf,
  intervalFor,
  intervals,
  operationLabels,
  operations,
  seriesOf,
  valueText,
  type Aggregation,
  type Group as Values,
  type Interval,
} from '../aggregation.ts';
import type { Field } from '../fields.ts';
import type { Filter } from '../filter-json.ts';
import { useAggregation } from '../queries.ts';
import { shortText } from '../titles.ts';
import type { Fields } from '../use-fields.ts';
import { BarTable } from './BarTable.tsx';

interface Properties {
  readonly profile: string;
  readonly fields: Fields;
  readonly filter: Filter;
  /** From the first event to the last, ms; undefined until it is known. */
  readonly span: number | undefined;
}

/** Aggregates of the filtered events, over time or by a field. */
export function ChartTab({ profile, fields, filter, span }: Properties) {
  const numbers = fields.all.filter(({ kind, sortable }) => kind === 'number' && sortable);
  const [by, setBy] = useState('metadata.createdDate');
  const [interval, setInterval] = useState<Interval>();
  const [operation, setOperation] = useState<Aggregation['operation']>('count');
  const [of, setOf] = useState<string>();
  const aggregation: Aggregation = {
    by: fields.find(by),
    interval: interval ?? intervalFor(span ?? 0),
    operation,
    of: operation === 'count' ? undefined : fields.find(of ?? numbers[0]?.path ?? 'metadata.version'),
  };
  const answer = useAggregation(aggregationBody(profile, filter, aggregation), fields.isLoaded && span !== undefined);
  const byTime = axisOf(aggregation.by) === 'time';
  return (
    <Stack>
      <Group align="flex-end">
        <Select
          label="By"
          value={by}
          onChange={(path) => path && setBy(path)}
          data={groupChoices(fields)}
          allowDeselect={false}
          searchable
          style={{ flex: '1 1 11rem', maxWidth: '18rem' }}
        />
        {byTime && (
          <Select
            label="Each"
            value={aggregation.interval}
            onChange={(next) => next && setInterval(next)}
            data={intervals.map((value) => ({ value, label: value }))}
            allowDeselect={false}
            w={120}
          />
        )}
        <Select
          label="Measure"
          value={operation}
          onChange={(next) => next && setOperation(next)}
          data={operations
            .filter((value) => value === 'count' || numbers.length > 0)
            .map((value) => ({ value, label: operationLabels[value] }))}
          allowDeselect={false}
          w={140}
        />
        {aggregation.of && (
          <Select
            label="Of"
            value={aggregation.of.path}
            onChange={(path) => path && setOf(path)}
            data={numbers.map(({ path, label }) => ({ value: path, label: shortText(label) }))}
            allowDeselect={false}
            searchable
            style={{ flex: '1 1 11rem', maxWidth: '18rem' }}
          />
        )}
      </Group>
      <ProblemAlert error={answer.error} />
      {answer.isPending && !answer.error && <Skeleton height={260} aria-label="Loading the chart" />}
      {answer.data && !answer.error && (
        <div style={{ opacity: answer.isPlaceholderData ? 0.6 : 1 }} aria-busy={answer.isPlaceholderData}>
          <Drawing aggregation={aggregation} groups={groupsOf(answer.data)} truncated={answer.data.truncated} />
        </div>
      )}
    </Stack>
  );
}

function groupChoices(fields: Fields) {
  const choice = ({ path, label }: Field) => ({ value: path, label: shortText(label) });
  return [
    { group: 'Time', items: fields.all.filter(({ kind }) => kind === 'date').map(choice) },
    { group: 'Field', items: fields.all.filter(({ kind, sortable }) => sortable && kind !== 'date').map(choice) },
  ];
}

interface DrawingProperties {
  readonly aggregation: Aggregation;
  readonly groups: readonly Values[];
  readonly truncated: boolean;
}

function Drawing({ aggregation, groups, truncated }: DrawingProperties) {
  const { by, interval, operation, of } = aggregation;
  if (groups.length === 0) return <EmptyState title="No event matches">There is nothing to draw.</EmptyState>;
  const measure = of === undefined ? 'Events' : `${operationLabels[operation]} of ${shortText(of.label)}`;
  const axis = axisOf(by);
  if (axis === 'names') return <BarTable by={by} measure={measure} groups={groups} truncated={truncated} />;
  const { xs, ys, without } = seriesOf(groups, axis);
  const formatX = (x: number): string => (axis === 'time' ? bucketText(x, interval) : x.toLocaleString());
  return (
    <Stack gap="xs">
      <Chart
        title={`${measure} by ${axis === 'time' ? interval : shortText(by.label)}`}
        summary={summaryOf(xs, ys, formatX)}
        xLabel={axis === 'time' ? `By ${interval}` : shortText(by.label)}
        label={measure}
        kind={operation === 'count' || operation === 'sum' ? 'bars' : 'points'}
        time={axis === 'time'}
        height={260}
        xs={xs}
        ys={ys}
        formatX={formatX}
        formatY={valueText}
      />
      {axis === 'time' && (
        <Text size="sm" c="dimmed">
          In the time zone {new Intl.DateTimeFormat().resolvedOptions().timeZone}.
        </Text>
      )}
      {without !== null && (
        <Text size="sm" c="dimmed">
          Not drawn: {valueText(without)} of events that have no {shortText(by.label)}.
        </Text>
      )}
      {truncated && (
        <Text size="sm" c="var(--mantine-color-error)">
          Only the first {xs.length.toLocaleString()} are drawn: choose a longer interval, or narrow the filter.
        </Text>
      )}
    </Stack>
  );
}

function summaryOf(xs: readonly number[], ys: readonly (number | null)[], formatX: (x: number) => string): string {
  let highest = -1;
  for (const [index, y] of ys.entries()) if (y !== null && (highest < 0 || y > ys[highest]!)) highest = index;
  if (highest < 0) return 'There are no values.';
  return (
    `${xs.length} values, from ${formatX(xs[0]!)} to ${formatX(xs.at(-1)!)}; ` +
    `the highest is ${valueText(ys[highest]!)} at ${formatX(xs[highest]!)}.`
  );
}
