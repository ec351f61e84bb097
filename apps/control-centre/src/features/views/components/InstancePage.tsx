import { JsonView } from '../../../components/code/code.tsx';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { rightsText } from '../../../components/names/rights.ts';
import { TemplateName } from '../../../components/names/TemplateName.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { List, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useDeleteInstance, useInstance, useInstancePermissions, useRunsOf } from '../queries.ts';
import { Deletion } from './Deletion.tsx';

function InstanceDeletion({ id }: { readonly id: string }) {
  return (
    <Deletion what="instance" remove={useDeleteInstance(id)}>
      Its permissions and runs go with it, and what still runs is cancelled. The app may make another one, which asks
      you anew.
    </Deletion>
  );
}

export function InstancePage({ instanceId }: { readonly instanceId: string }) {
  const { data: instance, error } = useInstance(instanceId);
  const permissions = useInstancePermissions(instance?.appId, instanceId);
  const runs = useRunsOf({ viewInstance: instanceId });
  if (instance === undefined)
    return (
      <Page title="View instance">
        {error === null ? <Skeleton height={200} aria-label="Loading the instance" /> : <ProblemAlert error={error} />}
      </Page>
    );
  return (
    <Page title="View instance" actions={<InstanceDeletion id={instanceId} />}>
      <Facts
        facts={{
          'Belongs to': <AppName id={instance.appId} />,
          'Of the template': <TemplateName id={instance.viewTemplateId} />,
          Version: instance.templateVersion,
          Made: <When at={instance.createdAt} />,
        }}
      />
      <Stack gap="xs">
        <Title order={2} size="h4">
          Its permissions
        </Title>
        <ProblemAlert error={permissions.error} />
        <List>
          {permissions.data?.map((permission) => (
            <List.Item key={permission.id}>
              <StateBadge state={permission.status} />{' '}
              <TextLink to="/requests/$permissionId" params={{ permissionId: permission.id }} inherit>
                {rightsText(permission.status === 'approved' ? permission.granted : permission.requested)}{' '}
                <ProfileName name={permission.profile} quoted />
              </TextLink>
            </List.Item>
          ))}
        </List>
      </Stack>
      <Stack gap="xs">
        <Title order={2} size="h4">
          Its configuration
        </Title>
        <JsonView label="Configuration" value={instance.configuration} />
      </Stack>
      <Stack gap="xs">
        <Title order={2} size="h4">
          Its last runs
        </Title>
        <ProblemAlert error={runs.error} />
        {runs.data?.items.length === 0 && <Text c="dimmed">It has not run yet.</Text>}
        <List>
          {runs.data?.items.map((run) => (
            <List.Item key={run.id}>
              <TextLink to="/runs/$runId" params={{ runId: run.id }} inherit>
                <When at={run.createdAt} />
              </TextLink>{' '}
              <StateBadge state={run.state} />
            </List.Item>
          ))}
        </List>
      </Stack>
    </Page>
  );
}
