import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import {
  Badge,
  Button,
  Paper,
  SimpleGrid,
  Skeleton,
  Stack,
  Table,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { notifyDone } from '../../../components/ui/notify.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useChangePassword, useEndSession, useSessions } from '../queries.ts';
import { NewPassword } from './NewPassword.tsx';
import { Passkeys } from './Passkeys.tsx';
import { SecondFactor } from './SecondFactor.tsx';

const methods = {
  password: 'with the password',
  'password+code': 'with password and code',
  passkey: 'with a passkey',
} as const;

function Sessions() {
  const sessions = useSessions();
  const end = useEndSession();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Where you are signed in
      </Title>
      {sessions.isPending && <Skeleton height={80} aria-label="Loading the sessions" />}
      <ProblemAlert error={sessions.error ?? end.error} />
      {sessions.data !== undefined && (
        <NamedTable name="Sessions" minWidth={520} withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">From</Table.Th>
              <Table.Th scope="col">
                <span className="visually-hidden">Act</span>
              </Table.Th>
              <Table.Th scope="col">Signed in</Table.Th>
              <Table.Th scope="col">Last used</Table.Th>
              <Table.Th scope="col">Ends at the latest</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sessions.data.items.map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  {one.name}
                  <Text size="sm" c="dimmed">
                    {one.address ?? 'unknown address'}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {one.current ? (
                    <Badge variant="outline" tt="none" miw="max-content">
                      this one
                    </Badge>
                  ) : (
                    <Button
                      variant="default"
                      size="compact-sm"
                      loading={end.isPending && end.variables === one.id}
                      onClick={() => end.mutate(one.id, { onSuccess: () => notifyDone('That session has ended.') })}
                      aria-label={`End the session of ${one.name}, ${one.address ?? 'an unknown address'}`}
                    >
                      End
                    </Button>
                  )}
                </Table.Td>
                <Table.Td>
                  <When at={one.startedAt} />
                  {one.method !== undefined && (
                    <Text size="sm" c="dimmed">
                      {methods[one.method]}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <When at={one.lastUsedAt} />
                </Table.Td>
                <Table.Td>
                  <When at={one.expiresAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
    </Stack>
  );
}

function PasswordChange() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useChangePassword();
  const navigate = useNavigate();
  return (
    <Paper withBorder p="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ current, new: next }, { onSuccess: () => void navigate({ to: '/sign-in' }) });
        }}
      >
        <Stack>
          <Title order={2} size="h4">
            Change the password
          </Title>
          <Text size="sm" c="dimmed">
            Every session ends, this one too. Apps are not touched: they have tokens of their own.
          </Text>
          <PasswordField
            label="Present password"
            autoComplete="current-password"
            required
            value={current}
            error={placeOf(change.error, '/current')}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <NewPassword
            label="New password"
            name=""
            value={next}
            error={placeOf(change.error, '/new')}
            onChange={setNext}
          />
          <ProblemAlert error={change.error} placed={['/current', '/new']} />
          <Button type="submit" loading={change.isPending} style={{ alignSelf: 'flex-start' }}>
            Change the password
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

export function AccountPage() {
  return (
    <Page title="Account">
      <Sessions />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Passkeys />
        <SecondFactor />
        <PasswordChange />
      </SimpleGrid>
    </Page>
  );
}
