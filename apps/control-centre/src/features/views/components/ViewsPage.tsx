import { ProfileLink } from '../../../components/names/ProfileName.tsx';
import { rightsText } from '../../../components/names/rights.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { ButtonLink, TextLink } from '../../../components/ui/links.tsx';
import { Skeleton, Stack, Table, Tabs } from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { Page } from '../../../components/ui/Page.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import type { AdminViewTemplate } from '../../../api/operations.ts';
import { useTemplates } from '../queries.ts';
import { Runtimes } from './Runtimes.tsx';

function TemplateTable({ templates }: { readonly templates: readonly AdminViewTemplate[] }) {
  return (
    <NamedTable name="View templates" minWidth={560} striped withTableBorder>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Name</Table.Th>
          <Table.Th scope="col">Runtime</Table.Th>
          <Table.Th scope="col">Needs</Table.Th>
          <Table.Th scope="col">Version</Table.Th>
          <Table.Th scope="col">Registered</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {templates.map((template) => (
          <Table.Tr key={template.id}>
            <Table.Td>
              <TextLink to="/views/$templateId" params={{ templateId: template.id }} inherit fw={600}>
                <Untrusted text={template.name} max={80} />
              </TextLink>
            </Table.Td>
            <Table.Td>{template.runtime}</Table.Td>
            <Table.Td>
              {template.permissions.length === 0 && 'nothing'}
              {template.permissions.map(({ profile, rights }) => (
                <div key={profile}>
                  {rightsText(rights)} <ProfileLink name={profile} />
                </div>
              ))}
            </Table.Td>
            <Table.Td>{template.version ?? 1}</Table.Td>
            <Table.Td>
              <When at={template.createdAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </NamedTable>
  );
}

function Templates() {
  const paging = usePaging();
  const templates = useTemplates(paging.cursor);
  const items = templates.data?.items ?? [];
  return (
    <Stack>
      <ProblemAlert error={templates.error} />
      {templates.isPending && <Skeleton height={160} aria-label="Loading the templates" />}
      {templates.data !== undefined && items.length === 0 && (
        <EmptyState title="No view template yet">
          A view is code that runs beside your data, so that an app gets an answer and not the events. Register one with
          “New template”; <code>examples/</code> in the repository has three to begin with.
        </EmptyState>
      )}
      {items.length > 0 && <TemplateTable templates={items} />}
      <Pager
        paging={paging}
        nextCursor={templates.data?.nextCursor}
        busy={templates.isFetching && templates.isPlaceholderData}
      />
    </Stack>
  );
}

export function ViewsPage() {
  return (
    <Page
      title="Views"
      actions={
        <>
          <ButtonLink to="/views/compare" variant="default">
            Compare
          </ButtonLink>
          <ButtonLink to="/views/new">New template</ButtonLink>
        </>
      }
    >
      <Tabs defaultValue="templates" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="templates">Templates</Tabs.Tab>
          <Tabs.Tab value="runtimes">Runtimes</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="templates">
          <Templates />
        </Tabs.Panel>
        <Tabs.Panel value="runtimes">
          <Runtimes />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
