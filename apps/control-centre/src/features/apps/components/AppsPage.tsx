import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useAppChoices } from '../../../api/lookups.ts';
import type { App, Permission } from '../../../api/operations.ts';
import { placeOf } from '../../../api/problem.ts';
import { rightsText } from '../../../components/names/rights.ts';
import { useAddressText } from '../../../components/ui/address.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import {
  Button,
  Group,
  Modal,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
  Textarea,
} from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { Page } from '../../../components/ui/Page.tsx';
import { Pager } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { SearchField } from '../../../components/ui/SearchField.tsx';
import { useSearchedList } from '../../../components/ui/searched-list.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { pageSize, useApproved, useApps, useCreateApp, useEventCount } from '../queries.ts';
import { AppStateBadge } from './AppStateBadge.tsx';

function NewApp({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useCreateApp();
  const navigate = useNavigate();
  return (
    <Modal opened={opened} onClose={onClose} title="A place for an app" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            { name, ...(description === '' ? {} : { description }) },
            {
              onSuccess: (app) =>
                void navigate({ to: '/apps/$appId', params: { appId: app.id }, search: { connect: 'true' } as never }),
            },
          );
        }}
      >
        <Stack>
          <Text size="sm">
            An app gets in by a one-time token that you make for it next. It sees nothing before you approve what it
            asks for.
          </Text>
          <TextInput
            label="Name"
            description="As you will know it; it is yours to choose."
            required
            maxLength={200}
            data-autofocus
            value={name}
            error={placeOf(create.error, '/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label="What it is for"
            autosize
            minRows={2}
            value={description}
            error={placeOf(create.error, '/description')}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <ProblemAlert error={create.error} placed={['/name', '/description']} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Make the place
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** `read, add; by a view: read`. What its views may is not what the app may: a view gives answers. */
function mayText(permissions: readonly Permission[] = []): string {
  const [byViews, own] = [true, false].map((ofView) =>
    rightsText(
      permissions
        .filter(({ viewInstanceId }) => (viewInstanceId !== undefined) === ofView)
        .flatMap(({ granted }) => granted),
    ),
  );
  return [own, byViews && `by a view: ${byViews}`].filter(Boolean).join('; ') || 'nothing';
}

function AppRow({ app }: { readonly app: App }) {
  const permissions = useApproved(app.id);
  const events = useEventCount(app.id);
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/apps/$appId" params={{ appId: app.id }} inherit fw={600}>
          <Untrusted text={app.name} max={80} />
        </TextLink>
      </Table.Td>
      <Table.Td>
        <AppStateBadge app={app} />
      </Table.Td>
      <Table.Td>{permissions.isError ? 'unknown' : permissions.isPending ? '…' : mayText(permissions.data)}</Table.Td>
      <Table.Td ta="end">
        {events.isError ? 'unknown' : events.isPending ? '…' : (events.data?.toLocaleString() ?? 'not counted')}
      </Table.Td>
      <Table.Td>{app.associatedName === undefined ? '' : <Untrusted text={app.associatedName} max={60} />}</Table.Td>
      <Table.Td>
        <When at={app.associatedAt} />
      </Table.Td>
    </Table.Tr>
  );
}

const lists = {
  size: pageSize,
  usePage: useApps,
  useAll: useAppChoices,
  textsOf: ({ name, description, associatedName }: App) => [name, description, associatedName],
};

export function AppsPage() {
  const [wanted, setWanted] = useAddressText('name');
  const { isSearch, paging, list, count, error, isPending, isStale } = useSearchedList(wanted, lists);
  const [making, setMaking] = useState(false);
  const items = list?.items ?? [];
  return (
    <Page title="Apps" actions={<Button onClick={() => setMaking(true)}>New app</Button>}>
      <NewApp opened={making} onClose={() => setMaking(false)} />
      {(isSearch || count !== 0) && <SearchField label="Search the apps" text={wanted} onChange={setWanted} />}
      <ProblemAlert error={error} />
      {isPending && <Skeleton height={160} aria-label="Loading the apps" />}
      {list !== undefined &&
        items.length === 0 &&
        (isSearch ? (
          <EmptyState title="No app like that">None has that in its name or in what it is for.</EmptyState>
        ) : (
          <EmptyState title="No app yet">
            Make a place for one with “New app”. You get a one-time token for it, with which it connects.
          </EmptyState>
        ))}
      {items.length > 0 && (
        <NamedTable name="Apps" minWidth={720} striped withTableBorder>
          <Table.Caption>
            {count?.toLocaleString()} {isSearch ? 'found' : 'in all'}
          </Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Name</Table.Th>
              <Table.Th scope="col">State</Table.Th>
              <Table.Th scope="col">May</Table.Th>
              <Table.Th scope="col" ta="end">
                Events
              </Table.Th>
              <Table.Th scope="col">Calls itself</Table.Th>
              <Table.Th scope="col">Connected</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((app) => (
              <AppRow key={app.id} app={app} />
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
      <Pager paging={paging} nextCursor={list?.nextCursor} busy={isStale} />
    </Page>
  );
}
