import { useState } from 'react';
import type { Permission } from '../../../api/operations.ts';
import { SegmentedControl, Skeleton, Stack, Table, Text } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useDecided } from '../queries.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { rightsText } from '../../../components/names/rights.ts';

type Status = Exclude<Permission['status'], 'pending'>;
const statuses: readonly { value: Status; label: string }[] = [
  { value: 'approved', label: 'Approved' },
  { value: 'denied', label: 'Denied' },
  { value: 'revoked', label: 'Revoked' },
  { value: 'expired', label: 'Expired' },
];

/** What was decided, by what became of it. Each leads to its page, with its history. */
export function DecidedRequests() {
  const [status, setStatus] = useState<Status>('approved');
  const paging = usePaging(status);
  const decided = useDecided(status, paging.cursor);
  return (
    <Stack>
      <SegmentedControl
        aria-label="Which decisions"
        data={[...statuses]}
        value={status}
        onChange={(value) => setStatus(value as Status)}
        style={{ alignSelf: 'flex-start' }}
      />
      {decided.isPending && <Skeleton height={120} aria-label="Loading the decisions" />}
      <ProblemAlert error={decided.error} />
      {decided.data?.items.length === 0 && <Text c="dimmed">None.</Text>}
      {decided.data !== undefined && decided.data.items.length > 0 && (
        <NamedTable name="Decisions" minWidth={640} striped withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">App</Table.Th>
              <Table.Th scope="col">Profile</Table.Th>
              <Table.Th scope="col">Rights</Table.Th>
              <Table.Th scope="col">State</Table.Th>
              <Table.Th scope="col">Decided</Table.Th>
              <Table.Th scope="col">Ends</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {decided.data.items.map((permission) => (
              <Table.Tr key={permission.id}>
                <Table.Td>
                  <AppName id={permission.appId} />
                  {permission.viewInstanceId === undefined ? '' : ' (a view of it)'}
                </Table.Td>
                <Table.Td>
                  <TextLink to="/requests/$permissionId" params={{ permissionId: permission.id }} inherit>
                    <ProfileName name={permission.profile} />
                  </TextLink>
                </Table.Td>
                <Table.Td>
                  {rightsText(permission.granted.length > 0 ? permission.granted : permission.requested)}
                </Table.Td>
                <Table.Td>
                  <StateBadge state={permission.status} />
                </Table.Td>
                <Table.Td>
                  <When at={permission.decidedAt} />
                </Table.Td>
                <Table.Td>{permission.expiresAt === undefined ? 'never' : <When at={permission.expiresAt} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
      <Pager paging={paging} nextCursor={decided.data?.nextCursor} busy={decided.isFetching} />
    </Stack>
  );
}
