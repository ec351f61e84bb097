import type { Permission } from '../../../api/operations.ts';
import { ProfileLink } from '../../../components/names/ProfileName.tsx';
import { type Right, rightLabels, rightsInOrder } from '../../../components/names/rights.ts';
import { TextLink } from '../../../components/ui/links.tsx';
import { Skeleton, Stack, Table, Text, Title } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useAppPermissions } from '../queries.ts';

/** What one row says of one right: granted, asked for, or neither. */
function cellOf(permissions: readonly Permission[], right: Right) {
  const granting = permissions.find(({ status, granted }) => status === 'approved' && granted.includes(right));
  if (granting) return { permission: granting, text: '✓ yes' };
  const asking = permissions.find(({ status, requested }) => status === 'pending' && requested.includes(right));
  return asking ? { permission: asking, text: '● asked for' } : undefined;
}

/** Profile × right: the app's own rights, and below those of its views. */
export function PermissionMatrix({ appId }: { readonly appId: string }) {
  const permissions = useAppPermissions(appId);
  const rows = [
    ...Map.groupBy(
      permissions.data ?? [],
      ({ profile, viewInstanceId }) => `${viewInstanceId ?? ''} ${profile}`,
    ).values(),
  ];
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        What it may do
      </Title>
      {permissions.isPending && <Skeleton height={80} aria-label="Loading its permissions" />}
      <ProblemAlert error={permissions.error} />
      {permissions.data !== undefined && rows.length === 0 && (
        <Text c="dimmed">Nothing: no permission is approved, and none waits.</Text>
      )}
      {rows.length > 0 && (
        <NamedTable name="What it may do" minWidth={520} withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Profile</Table.Th>
              {rightsInOrder.map((right) => (
                <Table.Th scope="col" key={right}>
                  {rightLabels[right]}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((group) => (
              <Table.Tr key={group[0]!.id}>
                <Table.Th scope="row">
                  <ProfileLink name={group[0]!.profile} both />
                  {group[0]!.viewInstanceId !== undefined && (
                    <Text size="xs" c="dimmed" component="span">
                      {' '}
                      by a{' '}
                      <TextLink
                        to="/views/instances/$instanceId"
                        params={{ instanceId: group[0]!.viewInstanceId }}
                        size="xs"
                      >
                        view
                      </TextLink>
                    </Text>
                  )}
                </Table.Th>
                {rightsInOrder.map((right) => {
                  const cell = cellOf(group, right);
                  return (
                    <Table.Td key={right} style={{ whiteSpace: 'nowrap' }}>
                      {cell === undefined ? (
                        <span aria-label="no">–</span>
                      ) : (
                        <TextLink to="/requests/$permissionId" params={{ permissionId: cell.permission.id }} inherit>
                          {cell.text}
                        </TextLink>
                      )}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
    </Stack>
  );
}
