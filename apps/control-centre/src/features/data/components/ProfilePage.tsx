import { Suspense, useState } from 'react';
import { lazily } from '../../../api/load-code.ts';
import { useProfile } from '../../../api/lookups.ts';
import type { Profile } from '../../../api/operations.ts';
import { isProblem } from '../../../api/problem.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Button, Skeleton, Tabs, Text } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { tabs, useBrowserState, type TabName } from '../browser-state.ts';
import { useFigures } from '../queries.ts';
import { titleOf } from '../titles.ts';
import { useFields } from '../use-fields.ts';
import { AccessTab } from './AccessTab.tsx';
import { EventDialog } from './EventDialog.tsx';
import { EventsTab } from './EventsTab.tsx';
import { FilterPanel } from './FilterPanel.tsx';
import { JobsBanner } from './JobsBanner.tsx';
import { SchemaTab } from './SchemaTab.tsx';

// Loaded when they are first shown.
const ChartTab = lazily(async () => (await import('./ChartTab.tsx')).ChartTab);
const ExportDialog = lazily(async () => (await import('./ExportDialog.tsx')).ExportDialog);
const MapTab = lazily(async () => (await import('./MapTab.tsx')).MapTab);

/** One profile: its events, their aggregates, the rights on them. */
export function ProfilePage({ profileName }: { readonly profileName: string }) {
  const profile = useProfile(profileName);
  if (profile.data) return <LoadedProfile profile={profile.data} />;
  if (isProblem(profile.error, 'not-found'))
    return (
      <Page title="No such profile">
        <EmptyState title="There is no profile of that name">
          It may have been deleted.{' '}
          <TextLink to="/data" underline="always">
            All profiles
          </TextLink>
        </EmptyState>
      </Page>
    );
  return (
    <Page title="Profile">
      <ProblemAlert error={profile.error} />
      {profile.isPending && <Skeleton height={320} aria-label="Loading the profile" />}
    </Page>
  );
}

const filtered: ReadonlySet<TabName> = new Set(['events', 'chart', 'map']);

/** What the first and the last event are apart, ms; a year where that is not known. */
function spanOf({ data, error }: ReturnType<typeof useFigures>): number | undefined {
  if (data?.first !== undefined && data.last !== undefined) return Date.parse(data.last) - Date.parse(data.first);
  return data || error ? 31_536_000_000 : undefined;
}

function LoadedProfile({ profile }: { readonly profile: Profile }) {
  const { name } = profile;
  const [state, change] = useBrowserState();
  const figures = useFigures(name);
  const fields = useFields(profile);
  const [exporting, setExporting] = useState(false);
  const title = titleOf(profile);
  const { count, first, last } = figures.data ?? {};
  const hasPlaces = fields.places.length > 0;
  const tab = state.tab === 'map' && fields.isLoaded && !hasPlaces ? 'events' : state.tab;
  return (
    <Page
      title={title}
      actions={
        <Button variant="default" onClick={() => setExporting(true)} disabled={count === 0}>
          Export
        </Button>
      }
    >
      <Text c="dimmed" size="sm" mt="calc(-1 * var(--mantine-spacing-sm))">
        <TextLink to="/data" inherit underline="always">
          Data
        </TextLink>{' '}
        / <Untrusted text={name} max={120} />
      </Text>
      <Facts
        facts={{
          Events: count === undefined ? '…' : count.toLocaleString(),
          'First created': figures.data ? <When at={first} /> : '…',
          'Last created': figures.data ? <When at={last} /> : '…',
          Registered: <When at={profile.createdAt} />,
        }}
      />
      <ProblemAlert error={figures.error} />
      {state.fault !== undefined && (
        <Notice title="The filter in the address is not in force">
          <Untrusted text={state.fault} />
        </Notice>
      )}
      <JobsBanner />
      {filtered.has(tab) && count !== 0 && (
        <FilterPanel profile={name} fields={fields} state={state} onChange={change} />
      )}
      <Tabs
        value={tab}
        onChange={(value) => change({ tab: tabs.find((known) => known === value) ?? 'events' })}
        keepMounted={false}
      >
        <Tabs.List aria-label="What is shown of the profile" mb="md">
          <Tabs.Tab value="events">Events</Tabs.Tab>
          <Tabs.Tab value="chart">Chart</Tabs.Tab>
          {hasPlaces && <Tabs.Tab value="map">Places</Tabs.Tab>}
          <Tabs.Tab value="access">Who may</Tabs.Tab>
          <Tabs.Tab value="schema">Schema</Tabs.Tab>
        </Tabs.List>
        <Suspense fallback={<Skeleton height={320} aria-label="Loading" />}>
          <Tabs.Panel value="events">
            <EventsTab profile={name} total={count} fields={fields} state={state} onChange={change} />
          </Tabs.Panel>
          <Tabs.Panel value="chart">
            <ChartTab profile={name} fields={fields} filter={state.filter} span={spanOf(figures)} />
          </Tabs.Panel>
          {hasPlaces && (
            <Tabs.Panel value="map">
              <MapTab
                profile={name}
                places={fields.places}
                filter={state.filter}
                onOpen={(event) => change({ event })}
              />
            </Tabs.Panel>
          )}
        </Suspense>
        <Tabs.Panel value="access">
          <AccessTab profile={name} />
        </Tabs.Panel>
        <Tabs.Panel value="schema">
          <SchemaTab profile={profile} count={count} />
        </Tabs.Panel>
      </Tabs>
      <EventDialog id={state.event} onClose={() => change({ event: undefined })} />
      {exporting && (
        <Suspense>
          <ExportDialog profile={name} fields={fields} filter={state.filter} onClose={() => setExporting(false)} />
        </Suspense>
      )}
    </Page>
  );
}
