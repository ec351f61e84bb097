import { CodeView, languageOf } from '../../../components/code/code.tsx';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileLink } from '../../../components/names/ProfileName.tsx';
import { rightsText } from '../../../components/names/rights.ts';
import { Facts } from '../../../components/ui/Facts.tsx';
import { ButtonLink, TextLink } from '../../../components/ui/links.tsx';
import { Code, List, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import type { AdminViewTemplate } from '../../../api/operations.ts';
import { useDeleteTemplate, useInstancesOf, useRunsOf, useTemplate, useVersions } from '../queries.ts';
import { limitFields } from '../limits.ts';
import { Deletion } from './Deletion.tsx';

function Versions({ template }: { readonly template: AdminViewTemplate }) {
  const versions = useVersions(template.id);
  const items = versions.data?.items ?? [];
  if (items.length < 2) return null;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Versions
      </Title>
      <List>
        {items.map(({ version, createdAt }) => (
          <List.Item key={version}>
            Version {version}, <When at={createdAt} />
            {version !== template.version && (
              <>
                {' '}
                <TextLink
                  to="/views/compare"
                  search={
                    { left: `${template.id}@${version}`, right: `${template.id}@${template.version ?? 1}` } as never
                  }
                  inherit
                >
                  compare with the newest
                </TextLink>
              </>
            )}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

function Uses({ template }: { readonly template: AdminViewTemplate }) {
  const instances = useInstancesOf(template.id);
  const runs = useRunsOf({ viewTemplate: template.id });
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Who uses it
      </Title>
      <ProblemAlert error={instances.error ?? runs.error} />
      {instances.data?.items.length === 0 && <Text c="dimmed">No app has made an instance of it.</Text>}
      <List>
        {instances.data?.items.map((instance) => (
          <List.Item key={instance.id}>
            <AppName id={instance.appId} />:{' '}
            <TextLink to="/views/instances/$instanceId" params={{ instanceId: instance.id }} inherit>
              its instance
            </TextLink>
            , made <When at={instance.createdAt} />
          </List.Item>
        ))}
      </List>
      {(runs.data?.items.length ?? 0) > 0 && (
        <>
          <Title order={3} size="h5">
            Last runs
          </Title>
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
        </>
      )}
    </Stack>
  );
}

function TemplateDeletion({ template }: { readonly template: AdminViewTemplate }) {
  const used = useInstancesOf(template.id).data?.count ?? 0;
  return (
    <Deletion what="template" remove={useDeleteTemplate(template.id)}>
      {used > 0
        ? `${countText(used, 'instance uses', 'instances use')} it: delete those first.`
        : 'Its source goes with it, and this can’t be undone. Runs that ended stay.'}
    </Deletion>
  );
}

export function TemplatePage({ templateId }: { readonly templateId: string }) {
  const { data: template, error } = useTemplate(templateId);
  if (template === undefined)
    return (
      <Page title="View template">
        {error === null ? <Skeleton height={240} aria-label="Loading the template" /> : <ProblemAlert error={error} />}
      </Page>
    );
  return (
    <Page
      title={template.name}
      actions={
        <>
          <ButtonLink to="/views/$templateId/correct" params={{ templateId }} variant="default">
            Correct
          </ButtonLink>
          <TemplateDeletion template={template} />
        </>
      }
    >
      {template.description !== undefined && (
        <Text>
          <Untrusted text={template.description} max={600} lines />
        </Text>
      )}
      <Facts
        facts={{
          Runtime: template.runtime,
          Version: template.version ?? 1,
          Registered: <When at={template.createdAt} />,
          Needs: template.permissions.length === 0 ? 'nothing' : undefined,
          ...Object.fromEntries(
            limitFields.map(({ name, label }) => [label, template.limits?.[name]?.toLocaleString()]),
          ),
        }}
      />
      {template.permissions.length > 0 && (
        <List>
          {template.permissions.map(({ profile, rights }) => (
            <List.Item key={profile}>
              It may {rightsText(rights)} <ProfileLink name={profile} quoted />, where you approve it for an instance.
            </List.Item>
          ))}
        </List>
      )}
      <Stack gap="xs">
        <Title order={2} size="h4">
          Source
        </Title>
        {template.files?.map(({ path, content }) => (
          <Stack key={path} gap={4}>
            <Text size="sm" fw={600}>
              <Untrusted text={path} max={100} />
            </Text>
            <CodeView label={`Source of ${path}`} language={languageOf(path)} value={content} />
          </Stack>
        ))}
        <Text size="xs" c="dimmed">
          SHA-256 of the source: <Code>{template.sourceDigest}</Code>
        </Text>
      </Stack>
      <Versions template={template} />
      <Uses template={template} />
    </Page>
  );
}
