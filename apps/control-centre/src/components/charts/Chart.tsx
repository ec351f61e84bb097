import { CatchBoundary } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { lazily } from '../../api/load-code.ts';
import { Button, Group, ScrollArea, Skeleton, Stack, Table, Text } from '../ui/mantine.ts';
import type { PlotProperties } from './Plot.tsx';

// uPlot is loaded with the first chart that is shown.
const LazyPlot = lazily(async () => (await import('./Plot.tsx')).default);

interface Properties extends Omit<PlotProperties, 'height' | 'time'> {
  readonly title: string;
  /** The whole chart in one sentence, for screen readers. */
  readonly summary: string;
  readonly xLabel: string;
  readonly time?: boolean;
  readonly height?: number;
  /** How the table writes an x value. */
  readonly formatX: (x: number) => string;
  readonly formatY?: (y: number) => string;
}

/**
 * A chart with its twin: the same numbers as a table, one click away, and at once where the browser cannot draw it
 * (uPlot asks Intl for `navigator.language`, which WebKit has as `C` where the system has no language).
 */
export function Chart(properties: Properties) {
  const {
    title,
    summary,
    xLabel,
    formatX,
    formatY = (y) => y.toLocaleString(),
    height = 180,
    time = true,
  } = properties;
  const { kind, xs, ys, label } = properties;
  const [asTable, setAsTable] = useState(false);
  const table = () => (
    <ScrollArea.Autosize mah={height + 120} viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': title }}>
      <Table striped aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{xLabel}</Table.Th>
            <Table.Th scope="col">{label}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {xs.map((x, index) => (
            <Table.Tr key={x}>
              <Table.Td>{formatX(x)}</Table.Td>
              <Table.Td>{ys[index] === null ? '—' : formatY(ys[index]!)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
  return (
    <Stack gap="xs" component="figure" m={0}>
      <Group justify="space-between">
        <Text component="figcaption" fw={600}>
          {title}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          aria-label={asTable ? `Show “${title}” as a chart` : `Show “${title}” as a table`}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'As a chart' : 'As a table'}
        </Button>
      </Group>
      {asTable ? (
        table()
      ) : (
        <CatchBoundary
          getResetKey={() => title}
          errorComponent={() => (
            <>
              <Text size="sm">This browser cannot draw the chart. Its numbers:</Text>
              {table()}
            </>
          )}
        >
          <div role="img" aria-label={`${title}. ${summary}`}>
            <Suspense fallback={<Skeleton height={height} />}>
              <LazyPlot kind={kind} xs={xs} ys={ys} label={label} time={time} height={height} />
            </Suspense>
          </div>
        </CatchBoundary>
      )}
    </Stack>
  );
}
