import { useState } from 'react';
import type { Permission } from '../../../api/operations.ts';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import { Button, List, Paper, Skeleton, Stack, Text, TextInput, Title } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Quoted, Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useDecide, useHistory } from '../queries.ts';
import { usePermission } from '../../../api/lookups.ts';
import { isProblem } from '../../../api/problem.ts';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { rightsText } from '../../../components/names/rights.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { rightsAsNouns } from '../words.ts';
import { DecisionForm } from './DecisionForm.tsx';
import { RequestCard } from './RequestCard.tsx';
import { Sentence } from './Sentence.tsx';
import { SharedEvents } from './SharedEvents.tsx';

const acts: Readonly<Record<string, string>> = {
  'permission.requested': 'asked for',
  'permission.approved': 'approved',
  'permission.denied': 'denied',
  'permission.revoked': 'revoked',
  'permission.suspended': 'put aside until you say so again',
};

/** What an entry of the history asked for or granted. */
function HistoryRights({ rights }: { readonly rights: unknown }) {
  return Array.isArray(rights) && rights.length > 0 ? ` (${rightsText(rights.map(String))})` : null;
}

function History({ permissionId }: { readonly permissionId: string }) {
  const history = useHistory(permissionId);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        History
      </Title>
      {history.isPending && <Skeleton height={60} aria-label="Loading the history" />}
      <ProblemAlert error={history.error} />
      <List>
        {history.data?.items.map(({ sequence, at, action, details }) => (
          <List.Item key={sequence}>
            <When at={at} />: {acts[action] ?? action}
            <HistoryRights rights={details?.['granted'] ?? details?.['requested']} />
            {typeof details?.['reason'] === 'string' && (
              <>
                {' '}
                <Quoted text={details['reason']} lines />
              </>
            )}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

interface RevocationProperties {
  readonly permission: Permission;
  /** Heard also where another window ended the permission meanwhile, and this dialog with it. */
  readonly onRefused: (error: unknown) => void;
}

function Revocation({ permission, onRefused }: RevocationProperties) {
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState('');
  const decide = useDecide(permission.id, {
    onDone: () => {
      setOpened(false);
      notifyDone('Revoked. It counts from the next call on.');
    },
    onRefused,
  });
  return (
    <>
      <Button color="red.9" onClick={() => setOpened(true)}>
        Revoke
      </Button>
      <ConfirmDialog
        opened={opened}
        title="Revoke this permission"
        action="Revoke"
        pending={decide.isPending}
        error={decide.error}
        onClose={() => setOpened(false)}
        onConfirm={() => decide.mutate({ step: 'revoke', ...(reason.trim() === '' ? {} : { reason: reason.trim() }) })}
      >
        <Stack>
          <Text>
            From the next call on, {rightsAsNouns(permission.granted)} events of{' '}
            <ProfileName name={permission.profile} quoted /> is refused. What was read before can't be called back;
            events stay.
          </Text>
          <TextInput
            label="Reason (the app sees it)"
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Stack>
      </ConfirmDialog>
    </>
  );
}

export function RequestPage({ permissionId }: { readonly permissionId: string }) {
  const { data: permission, error, isPending } = usePermission(permissionId);
  const [refusal, setRefusal] = useState<unknown>();
  if (isProblem(error, 'not-found'))
    return (
      <Page title="Request">
        <Notice title="There is no such request any more">It is gone: its app took it back, or is gone itself.</Notice>
        <ProblemAlert error={refusal} />
        <History permissionId={permissionId} />
      </Page>
    );
  if (isPending || permission === undefined)
    return (
      <Page title="Request">
        {isPending && !error ? (
          <Skeleton height={200} aria-label="Loading the request" />
        ) : (
          <ProblemAlert error={error} />
        )}
      </Page>
    );
  if (permission.status === 'pending')
    return (
      <Page title="Request">
        <RequestCard permission={permission} active onActive={() => undefined} onRefused={setRefusal} />
        <History permissionId={permissionId} />
      </Page>
    );
  return (
    <Page
      title="Request"
      actions={
        <>
          <StateBadge state={permission.status} />
          {permission.status === 'approved' && <Revocation permission={permission} onRefused={setRefusal} />}
        </>
      }
    >
      {permission.status !== 'approved' && <ProblemAlert error={refusal} />}
      <Sentence permission={permission} />
      <Facts
        facts={{
          Asked: <When at={permission.requestedAt} />,
          'Asked for': rightsText(permission.requested),
          Granted: rightsText(permission.granted) || 'nothing',
          Decided: <When at={permission.decidedAt} />,
          Ends: permission.expiresAt === undefined ? 'never' : <When at={permission.expiresAt} />,
          Reason: permission.reason === undefined ? undefined : <Untrusted text={permission.reason} lines />,
        }}
      />
      {permission.status === 'approved' && permission.granted.includes('read') && (
        <Stack gap="xs">
          <Title order={2} size="h4">
            What is shared
          </Title>
          <SharedEvents profile={permission.profile} />
        </Stack>
      )}
      <Paper withBorder p="lg">
        <Stack>
          <Title order={2} size="h4">
            {permission.status === 'approved' ? 'Decide anew' : 'Approve after all'}
          </Title>
          <DecisionForm key={permission.status + permission.decidedAt} permission={permission} />
        </Stack>
      </Paper>
      <History permissionId={permissionId} />
    </Page>
  );
}
