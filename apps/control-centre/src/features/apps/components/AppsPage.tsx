import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Permission } from '../../../api/operations.ts';
import { placeOf } from '../../../api/problem.ts';
import { rightsText } from '../../../components/names/rights.ts';
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
import { Page } from '../../../components/ui/Page.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useApps, useCreateApp, useEventsByApp, usePermissionsByApp } from '../queries.ts';
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

export function AppsPage() {
  const paging = usePaging();
  const apps = useApps(paging.cursor);
  const permissions = usePermissionsByApp();
  const events = useEventsByApp();
  const [making, setMaking] = useState(false);
  const items = apps.data?.items ?? [];
  return (
    <Page title="Apps" actions={<Button onClick={() => setMaking(true)}>New app</Button>}>
      <NewApp opened={making} onClose={() => setMaking(false)} />
      <ProblemAlert error={apps.error} />
      {apps.isPending && <Skeleton height={160} aria-label="Loading the apps" />}
      {apps.data !== undefined && items.length === 0 && (
        <EmptyState title="No app yet">
          Make a place for one with “New app”. You get a one-time token for it, with which it connects.
        </EmptyState>
      )}
      {items.length > 0 && (
        <Table.ScrollContainer
          minWidth={720}
          scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Apps' } }}
        >
          <Table striped withTableBorder>
            <Table.Caption>{apps.data?.count?.toLocaleString()} in all</Table.Caption>
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
                <Table.Tr key={app.id}>
                  <Table.Td>
                    <TextLink to="/apps/$appId" params={{ appId: app.id }} inherit fw={600}>
                      <Untrusted text={app.name} max={80} />
                    </TextLink>
                  </Table.Td>
                  <Table.Td>
                    <AppStateBadge app={app} />
                  </Table.Td>
                  <Table.Td>{permissions.data === undefined ? '…' : mayText(permissions.data.get(app.id))}</Table.Td>
                  <Table.Td ta="end">
                    {events.data === undefined ? '…' : (events.data.get(app.id) ?? 0).toLocaleString()}
                  </Table.Td>
                  <Table.Td>
                    {app.associatedName === undefined ? '' : <Untrusted text={app.associatedName} max={60} />}
                  </Table.Td>
                  <Table.Td>
                    <When at={app.associatedAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Pager paging={paging} nextCursor={apps.data?.nextCursor} busy={apps.isFetching && apps.isPlaceholderData} />
    </Page>
  );
}
