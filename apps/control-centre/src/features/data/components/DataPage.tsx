import { useState } from 'react';
import { useProfileChoices } from '../../../api/lookups.ts';
import type { Profile } from '../../../api/operations.ts';
import { useAddressText } from '../../../components/ui/address.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { ButtonLink, TextLink } from '../../../components/ui/links.tsx';
import { Button, Skeleton, Stack, Table, Text } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { Page } from '../../../components/ui/Page.tsx';
import { Pager } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { SearchField } from '../../../components/ui/SearchField.tsx';
import { useSearchedList } from '../../../components/ui/searched-list.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { profilesOnPage, useFigures, usePermissionsOf, useProfiles } from '../queries.ts';
import { titleOf } from '../titles.ts';
import { titleOfSchema } from '../../../components/names/profile-title.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { rightsText } from '../../../components/names/rights.ts';
import { JobsBanner } from './JobsBanner.tsx';
import { NewProfileDialog } from './NewProfileDialog.tsx';

const lists = {
  size: profilesOnPage,
  usePage: useProfiles,
  useAll: useProfileChoices,
  textsOf: ({ name, schema }: Profile) => [name, titleOfSchema(schema)],
};

/** Every kind of data that the keep has. */
export function DataPage() {
  const [wanted, setWanted] = useAddressText('name');
  const { isSearch, paging, list, count, error, isPending, isStale } = useSearchedList(wanted, lists);
  const [registering, setRegistering] = useState(false);
  return (
    <Page
      title="Data"
      actions={
        <>
          <ButtonLink to="/data/import/events" variant="default">
            Import an export
          </ButtonLink>
          <Button variant="default" onClick={() => setRegistering(true)}>
            New profile
          </Button>
        </>
      }
    >
      <Text c="dimmed" maw={720}>
        A profile is one kind of data: a name, and a schema that says what each event looks like. Apps register
        profiles; what they store abides by them.
      </Text>
      <JobsBanner />
      {(isSearch || count !== 0) && <SearchField label="Search the profiles" text={wanted} onChange={setWanted} />}
      <ProblemAlert error={error} />
      {isPending && <Skeleton height={240} aria-label="Loading the profiles" />}
      {isSearch && count === 0 && <EmptyState title="No profile like that">None has that in its name.</EmptyState>}
      {!isSearch && count === 0 && (
        <EmptyState title="No data yet">
          <TextLink to="/import" underline="always">
            Import a file
          </TextLink>{' '}
          that another program exported, or{' '}
          <TextLink to="/data/import/events" underline="always">
            what another keep did
          </TextLink>
          . Or{' '}
          <TextLink to="/apps" underline="always">
            connect an app
          </TextLink>
          , which registers the profiles that it needs and sends events.
        </EmptyState>
      )}
      {list && list.items.length > 0 && (
        <Stack>
          <NamedTable name="Profiles" minWidth={680} striped withTableBorder verticalSpacing="sm">
            <Table.Caption>
              {count?.toLocaleString()} {isSearch ? 'found' : 'in all'}
            </Table.Caption>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Profile</Table.Th>
                <Table.Th scope="col" ta="right">
                  Events
                </Table.Th>
                <Table.Th scope="col">First</Table.Th>
                <Table.Th scope="col">Last</Table.Th>
                <Table.Th scope="col">Who may</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((profile) => (
                <ProfileRow key={profile.name} profile={profile} />
              ))}
            </Table.Tbody>
          </NamedTable>
          <Pager paging={paging} nextCursor={list.nextCursor} busy={isStale} />
        </Stack>
      )}
      <NewProfileDialog opened={registering} onClose={() => setRegistering(false)} />
    </Page>
  );
}

function ProfileRow({ profile }: { readonly profile: Profile }) {
  const figures = useFigures(profile.name);
  const { count, first, last } = figures.data ?? {};
  const title = titleOf(profile);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400} maw={320}>
        <TextLink to="/data/$profileName" params={{ profileName: profile.name }} fw={600}>
          <Untrusted text={title} max={200} />
        </TextLink>
        {title !== profile.name && (
          <Text size="sm" c="dimmed">
            <Untrusted text={profile.name} max={60} />
          </Text>
        )}
      </Table.Th>
      <Table.Td ta="right">
        {figures.isError ? 'unknown' : (count?.toLocaleString() ?? <Skeleton height={14} width={48} ml="auto" />)}
      </Table.Td>
      <Table.Td>{figures.data && <When at={first} />}</Table.Td>
      <Table.Td>{figures.data && <When at={last} />}</Table.Td>
      <Table.Td>
        <Rights profile={profile.name} />
      </Table.Td>
    </Table.Tr>
  );
}

const mostApps = 3;

/** The present rights on a profile, in short. */
function Rights({ profile }: { readonly profile: string }) {
  const { data } = usePermissionsOf(profile, 'approved');
  if (data === undefined) return null;
  // What its views may is not what the app may: a view gives answers.
  const apps = [
    ...Map.groupBy(data.items, ({ appId, viewInstanceId }) => `${appId}${viewInstanceId === undefined ? '' : ' view'}`),
  ];
  if (apps.length === 0) return <Text size="sm">only you</Text>;
  return (
    <Stack gap={2}>
      {apps.slice(0, mostApps).map(([key, permissions]) => (
        <Text size="sm" key={key}>
          <AppName id={permissions[0]!.appId} />
          {permissions[0]!.viewInstanceId !== undefined && ', by a view'}:{' '}
          {rightsText(permissions.flatMap(({ granted }) => granted))}
        </Text>
      ))}
      {apps.length > mostApps && (
        <Text size="sm" c="dimmed">
          and {apps.length - mostApps} more
        </Text>
      )}
    </Stack>
  );
}
