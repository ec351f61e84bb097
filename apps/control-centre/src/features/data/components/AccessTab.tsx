import type { Permission } from '../../../api/operations.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Skeleton, Stack, Table, Text, Title } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { When } from '../../../components/ui/When.tsx';
import { usePermissionsOf } from '../queries.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { rightLabels, rightsInOrder } from '../../../components/names/rights.ts';

const sections: readonly { readonly status: Permission['status']; readonly title: string }[] = [
  { status: 'approved', title: 'Now' },
  { status: 'pending', title: 'Asked for' },
  { status: 'revoked', title: 'Revoked' },
  { status: 'expired', title: 'Expired' },
  { status: 'denied', title: 'Denied' },
];

/** The rights on the events of a profile, the requests for them, and the apps that could request. */
export function AccessTab({ profile }: { readonly profile: string }) {
  return (
    <Stack gap="xl">
      <Text size="sm" c="dimmed">
        You may do everything. An app may do what you approved, and nothing else.
      </Text>
      {sections.map(({ status, title }) => (
        <PermissionSection key={status} profile={profile} status={status} title={title} />
      ))}
    </Stack>
  );
}

interface SectionProperties {
  readonly profile: string;
  readonly status: Permission['status'];
  readonly title: string;
}

function PermissionSection({ profile, status, title }: SectionProperties) {
  const paging = usePaging();
  const { data, error, isPending, isPlaceholderData } = usePermissionsOf(profile, status, paging.cursor);
  if (isPending) return status === 'approved' ? <Skeleton height={120} aria-label="Loading the permissions" /> : null;
  if (error) return <ProblemAlert error={error} />;
  if (data.items.length === 0 && paging.page === 1)
    return status === 'approved' ? (
      <EmptyState title="No app may do anything with these events">
        An app asks for a permission; you decide on it under{' '}
        <TextLink to="/requests" underline="always">
          Requests
        </TextLink>
        .
      </EmptyState>
    ) : null;
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <NamedTable name={title} minWidth={640} withTableBorder verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">App</Table.Th>
            {rightsInOrder.map((right) => (
              <Table.Th scope="col" key={right}>
                {rightLabels[right]}
              </Table.Th>
            ))}
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Since</Table.Th>
            <Table.Th scope="col">Ends</Table.Th>
            <Table.Th scope="col">Request</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.items.map((permission) => (
            <PermissionRow key={permission.id} permission={permission} />
          ))}
        </Table.Tbody>
      </NamedTable>
      <Pager paging={paging} nextCursor={data.nextCursor} busy={isPlaceholderData} />
    </Stack>
  );
}

function PermissionRow({ permission }: { readonly permission: Permission }) {
  const { id, appId, viewInstanceId, granted, requested, status, requestedAt, decidedAt, expiresAt } = permission;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        <AppName id={appId} />
        {viewInstanceId !== undefined && (
          <Text size="sm">
            <TextLink to="/views/instances/$instanceId" params={{ instanceId: viewInstanceId }} inherit>
              its view
            </TextLink>
          </Text>
        )}
      </Table.Th>
      {rightsInOrder.map((right) => (
        <Table.Td key={right}>
          <RightCell granted={status === 'approved' && granted.includes(right)} requested={requested.includes(right)} />
        </Table.Td>
      ))}
      <Table.Td>
        <StateBadge state={status} />
      </Table.Td>
      <Table.Td>
        <When at={decidedAt ?? requestedAt} />
      </Table.Td>
      <Table.Td>{expiresAt === undefined ? 'never' : <When at={expiresAt} />}</Table.Td>
      <Table.Td>
        <TextLink to="/requests/$permissionId" params={{ permissionId: id }} inherit>
          Open
        </TextLink>
      </Table.Td>
    </Table.Tr>
  );
}

function RightCell({ granted, requested }: { readonly granted: boolean; readonly requested: boolean }) {
  if (granted) return <span style={{ whiteSpace: 'nowrap' }}>✓ yes</span>;
  return (
    <Text span inherit c="dimmed">
      {requested ? 'asked' : '–'}
    </Text>
  );
}
