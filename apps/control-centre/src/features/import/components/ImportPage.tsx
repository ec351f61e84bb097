import { useSyncExternalStore } from 'react';
import { TextLink } from '../../../components/ui/links.tsx';
import { Group, Loader, Text } from '../../../components/ui/mantine.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importFlow, type Stage } from '../flow.ts';
import { AskPanel } from './AskPanel.tsx';
import { ChooseFile } from './ChooseFile.tsx';
import { FailurePanel } from './FailurePanel.tsx';
import { LookPanel } from './LookPanel.tsx';
import { PastImports } from './PastImports.tsx';
import { ProgressPanel } from './ProgressPanel.tsx';
import { ReportPanel, UndonePanel } from './ReportPanel.tsx';
import '../import.css';

/** A file of somebody's data, from the drop to what became of it. */
export function ImportPage() {
  const stage = useSyncExternalStore(importFlow.subscribe, importFlow.get);
  return (
    <Page title="Import">
      <Text maw={720}>
        Brings what other programs exported into your keep. The file is read in this browser and not uploaded; what is
        in it is sent by an app of its own, once you let it.
      </Text>
      <StagePanel stage={stage} />
      {stage.at !== 'working' && <PastImports key={stage.at} />}
      <Text size="sm" c="dimmed" maw={720}>
        What this keep or another exported goes in again under{' '}
        <TextLink to="/data/import/events" inherit underline="always">
          Data, Import an export
        </TextLink>
        .
      </Text>
    </Page>
  );
}

function StagePanel({ stage }: { readonly stage: Stage }) {
  switch (stage.at) {
    case 'choose':
      return <ChooseFile />;
    case 'looking':
      return (
        <Group role="status">
          <Loader size="sm" aria-hidden />
          <Text>
            Looking into <Untrusted text={stage.file.name} max={80} /> …
          </Text>
        </Group>
      );
    case 'looked':
      return <LookPanel key={stage.file.name} stage={stage} />;
    case 'asking':
      return <AskPanel work={stage.work} asked={stage.asked} />;
    case 'working':
      return <ProgressPanel stage={stage} />;
    case 'imported':
      return <ReportPanel work={stage.work} report={stage.report} />;
    case 'undone':
      return <UndonePanel stage={stage} />;
    case 'failed':
      return <FailurePanel stage={stage} />;
  }
}
