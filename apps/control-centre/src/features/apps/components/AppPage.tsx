import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useApp } from '../../../api/lookups.ts';
import type { App } from '../../../api/operations.ts';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { TemplateName } from '../../../components/names/TemplateName.tsx';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Button, List, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { Notice } from '../../../components/ui/Notice.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useAppInstances, useAppRuns, useEventsOfApp, useRevokeTokens } from '../queries.ts';
import { AppStateBadge, oneTimeTokenRanOut } from './AppStateBadge.tsx';
import { ConnectDialog } from './ConnectDialog.tsx';
import { EditDialog } from './EditDialog.tsx';
import { PermissionMatrix } from './PermissionMatrix.tsx';
import { RemoveDialog } from './RemoveDialog.tsx';
import { UsedLimits } from './UsedLimits.tsx';

function Events({ appId }: { readonly appId: string }) {
  const events = useEventsOfApp(appId);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Its events
      </Title>
      {events.isPending && <Skeleton height={40} aria-label="Counting its events" />}
      <ProblemAlert error={events.error} />
      {events.data?.length === 0 && <Text c="dimmed">It has stored none.</Text>}
      <List>
        {events.data?.map(({ profile, count, newest }) => (
          <List.Item key={profile}>
            {countText(count, 'event')} of{' '}
            <TextLink to="/data/$profileName" params={{ profileName: profile }} inherit>
              <ProfileName name={profile} />
            </TextLink>
            , the newest from <When at={newest} />
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

function Views({ appId }: { readonly appId: string }) {
  const instances = useAppInstances(appId);
  const runs = useAppRuns(appId);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Its views and runs
      </Title>
      <ProblemAlert error={instances.error ?? runs.error} />
      {instances.data?.items.length === 0 && <Text c="dimmed">It has no view instance.</Text>}
      <List>
        {instances.data?.items.map((instance) => (
          <List.Item key={instance.id}>
            <TextLink to="/views/instances/$instanceId" params={{ instanceId: instance.id }} inherit>
              An instance
            </TextLink>{' '}
            of <TemplateName id={instance.viewTemplateId} />, made <When at={instance.createdAt} />
          </List.Item>
        ))}
      </List>
      {runs.data !== undefined && runs.data.items.length > 0 && (
        <>
          <List>
            {runs.data.items.map((run) => (
              <List.Item key={run.id}>
                <TextLink to="/runs/$runId" params={{ runId: run.id }} inherit>
                  A run
                </TextLink>{' '}
                <When at={run.createdAt} /> <StateBadge state={run.state} />
              </List.Item>
            ))}
          </List>
          <TextLink to="/runs" search={{ app: appId } as never} size="sm">
            All its runs
          </TextLink>
        </>
      )}
    </Stack>
  );
}

function Acts({ app }: { readonly app: App }) {
  const { connect } = useSearch({ strict: false }) as { connect?: string };
  const [opened, setOpened] = useState<'connect' | 'edit' | 'revoke' | 'remove' | undefined>(
    connect === 'true' && app.associatedAt === undefined ? 'connect' : undefined,
  );
  const revoke = useRevokeTokens(app.id);
  const close = (): void => setOpened(undefined);
  return (
    <>
      <Button onClick={() => setOpened('connect')} variant={app.associatedAt === undefined ? 'filled' : 'default'}>
        {app.associatedAt === undefined ? 'Connect it' : 'Connect it anew'}
      </Button>
      <Button variant="default" onClick={() => setOpened('edit')}>
        Edit
      </Button>
      {app.associatedAt !== undefined && (
        <Button variant="default" onClick={() => setOpened('revoke')}>
          Revoke its token
        </Button>
      )}
      <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpened('remove')}>
        Remove
      </Button>
      <ConnectDialog appId={app.id} appName={app.name} opened={opened === 'connect'} onClose={close} />
      <EditDialog app={app} opened={opened === 'edit'} onClose={close} />
      <ConfirmDialog
        opened={opened === 'revoke'}
        title="Revoke its token"
        action="Revoke"
        pending={revoke.isPending}
        error={revoke.error}
        onClose={close}
        onConfirm={() =>
          revoke.mutate(undefined, {
            onSuccess: () => {
              close();
              notifyDone('Revoked. The app has to be connected anew.');
            },
          })
        }
      >
        The program is shut out from its next call on. Its permissions and events stay; to let it in again, connect it
        anew.
      </ConfirmDialog>
      <RemoveDialog app={app} opened={opened === 'remove'} onClose={close} />
    </>
  );
}

export function AppPage({ appId }: { readonly appId: string }) {
  const { data: app, error } = useApp(appId);
  if (app === undefined)
    return (
      <Page title="App">
        {error === null ? <Skeleton height={200} aria-label="Loading the app" /> : <ProblemAlert error={error} />}
      </Page>
    );
  return (
    <Page title={app.name} actions={<Acts app={app} />}>
      {app.description !== undefined && (
        <Text>
          <Untrusted text={app.description} max={500} lines />
        </Text>
      )}
      <Facts
        facts={{
          State: <AppStateBadge app={app} />,
          'Calls itself':
            app.associatedName === undefined ? undefined : <Untrusted text={app.associatedName} max={80} />,
          'Web pages': app.origins.length === 0 ? undefined : app.origins.join(' '),
          'Place made': <When at={app.createdAt} />,
          Connected: <When at={app.associatedAt} />,
          'Its token ends': app.tokenExpiresAt === null ? 'never' : <When at={app.tokenExpiresAt} />,
        }}
      />
      {oneTimeTokenRanOut(app) && (
        <Notice title="Its one-time token ran out">
          It ended <When at={app.associationTokenExpiresAt} />, and no program had used it: one that tries is refused. “
          {app.associatedAt === undefined ? 'Connect it' : 'Connect it anew'}” makes a new one.
        </Notice>
      )}
      <PermissionMatrix appId={appId} />
      <Events appId={appId} />
      <Views appId={appId} />
      <UsedLimits app={app} />
    </Page>
  );
}
