import { Tabs } from '../../../components/ui/mantine.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { DecidedRequests } from './DecidedRequests.tsx';
import { PendingRequests } from './PendingRequests.tsx';

export function RequestsPage() {
  return (
    <Page title="Requests">
      <Tabs defaultValue="waiting" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="waiting">Waiting</Tabs.Tab>
          <Tabs.Tab value="decided">Decided</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="waiting">
          <PendingRequests />
        </Tabs.Panel>
        <Tabs.Panel value="decided">
          <DecidedRequests />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
