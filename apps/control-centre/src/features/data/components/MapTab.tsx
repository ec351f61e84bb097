import { useEffect, useMemo, useState } from 'react';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { ActionIcon, Button, Group, Select, Skeleton, Stack, Text } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import type { Filter } from '../filter-json.ts';
import type { PlaceFields } from '../fields.ts';
import { moved, placesIn, scaleOf, viewOf, withPlace, type Place, type Size, type View } from '../points.ts';
import { usePlaces } from '../queries.ts';
import { shortText } from '../titles.ts';
import { PointsCanvas } from './PointsCanvas.tsx';
import { PointsTable } from './PointsTable.tsx';

interface Properties {
  readonly profile: string;
  readonly places: readonly PlaceFields[];
  readonly filter: Filter;
  readonly onOpen: (id: string) => void;
}

/** Pages of 1,000 events that are fetched without a click. */
const pagesAtOnce = 5;

function placeName(fields: PlaceFields): string {
  const member = 'type' in fields ? fields.coordinates : fields.latitude;
  const path = member.replace(/^payload\./, '').replace(/\.?(latitude|coordinates)$/, '');
  return path === '' ? 'of the event' : shortText(path);
}

/** Where the filtered events were. */
export function MapTab({ profile, places, filter, onOpen }: Properties) {
  const [chosen, setChosen] = useState(0);
  const fields = places[chosen] ?? places[0]!;
  const [wanted, setWanted] = useState(pagesAtOnce);
  const query = {
    profile,
    filter: withPlace(filter, fields),
    fields: 'type' in fields ? [fields.type, fields.coordinates] : [fields.latitude, fields.longitude],
  };
  const answer = usePlaces(query);
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = answer;
  const pages = data?.pages;
  const loaded = pages?.length ?? 0;
  useEffect(() => {
    if (loaded > 0 && loaded < wanted && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [loaded, wanted, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const found = useMemo(() => (pages ?? []).flatMap((page) => placesIn(page.items, fields)), [pages, fields]);

  if (answer.isPending) return <Skeleton height={420} aria-label="Loading the places" />;
  return (
    <Stack gap="sm">
      {places.length > 1 && (
        <Select
          label="Which places"
          data={places.map((place, index) => ({ value: String(index), label: placeName(place) }))}
          value={String(chosen)}
          onChange={(index) => index && setChosen(Number(index))}
          allowDeselect={false}
          maw={280}
        />
      )}
      <ProblemAlert error={answer.error} />
      {found.length === 0 && !answer.error ? (
        <EmptyState title="No event has a place">None that the filter leaves says where it was.</EmptyState>
      ) : (
        <Places places={found} isWhole={!hasNextPage} onOpen={onOpen} />
      )}
      <Group>
        {hasNextPage && !isFetchingNextPage && (
          <Button variant="default" size="xs" onClick={() => setWanted(loaded + pagesAtOnce)}>
            Load older events
          </Button>
        )}
        {isFetchingNextPage && <Text size="sm">Loading older events …</Text>}
        <Button variant="subtle" size="xs" loading={answer.isRefetching} onClick={() => void answer.refetch()}>
          Load anew
        </Button>
      </Group>
    </Stack>
  );
}

interface PlacesProperties {
  readonly places: readonly Place[];
  readonly isWhole: boolean;
  readonly onOpen: (id: string) => void;
}

const steps = [
  { label: 'Move west', sign: '←', right: -0.25, down: 0 },
  { label: 'Move north', sign: '↑', right: 0, down: -0.25 },
  { label: 'Move south', sign: '↓', right: 0, down: 0.25 },
  { label: 'Move east', sign: '→', right: 0.25, down: 0 },
] as const;

function Places({ places, isWhole, onOpen }: PlacesProperties) {
  const [box, setBox] = useState<HTMLDivElement | null>(null);
  const [size, setSize] = useState<Size>({ width: 600, height: 420 });
  const [own, setOwn] = useState<View>();
  const [asTable, setAsTable] = useState(false);
  useEffect(() => {
    if (!box) return undefined;
    const resized = new ResizeObserver(() => setSize({ width: box.clientWidth, height: box.clientHeight }));
    resized.observe(box);
    return () => resized.disconnect();
  }, [box]);
  const whole = useMemo(() => viewOf(places, size), [places, size]);
  const view = own ?? whole;
  const said = `${countText(places.length, 'place')}${isWhole ? '' : ' of the newest events'}`;
  const drawnAs = places.some(({ line }) => line) ? 'lines' : 'points';
  const change = (right: number, down: number, zoom?: number): void =>
    setOwn(moved(view, right * size.width, down * size.height, zoom));
  return (
    <Stack gap="xs" component="figure" m={0}>
      <Group justify="space-between">
        <Text component="figcaption" size="sm">
          <span role="status">{said}</span>
        </Text>
        <Group gap={4}>
          {!asTable && (
            <>
              {steps.map(({ label, sign, right, down }) => (
                <ActionIcon key={label} variant="default" aria-label={label} onClick={() => change(right, down)}>
                  <span aria-hidden>{sign}</span>
                </ActionIcon>
              ))}
              <ActionIcon variant="default" aria-label="Zoom in" onClick={() => change(0, 0, 2)}>
                <span aria-hidden>+</span>
              </ActionIcon>
              <ActionIcon variant="default" aria-label="Zoom out" onClick={() => change(0, 0, 0.5)}>
                <span aria-hidden>−</span>
              </ActionIcon>
              <Button variant="default" size="compact-sm" onClick={() => setOwn(undefined)}>
                All places
              </Button>
            </>
          )}
          <Button variant="subtle" size="compact-sm" onClick={() => setAsTable(!asTable)}>
            {asTable ? 'As a drawing' : 'As a table'}
          </Button>
        </Group>
      </Group>
      {asTable ? (
        <PointsTable places={places} onOpen={onOpen} />
      ) : (
        <div className="places" ref={setBox}>
          <PointsCanvas
            places={places}
            view={view}
            size={size}
            label={`${said} drawn as ${drawnAs}; the scale is ${scaleOf(view).text}. The table has the same.`}
            onMove={setOwn}
            onOpen={onOpen}
          />
        </div>
      )}
    </Stack>
  );
}
