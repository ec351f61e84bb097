import { useEffect, useRef, useState, type ReactNode } from 'react';
import { ButtonLink } from '../../../components/ui/links.tsx';
import { Box, Button, Card, Group, List, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { countText, durationText } from '../../../components/ui/numbers.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importFlow, type Stage, type Work } from '../flow.ts';
import { profileTitle } from '../titles.ts';
import type { Report } from '../worker/calls.ts';
import { Fault } from './FailurePanel.tsx';
import { Refusals } from './Refusals.tsx';

/** What became of the file, and where to go from here. */
export function ReportPanel({ work, report }: { readonly work: Work; readonly report: Report & { importId: number } }) {
  const { importId, added, known, refused, refusals, notes, profiles, stopped, ms } = report;
  const name = work.kind === 'import' ? work.file.name : work.file;
  const [error, setError] = useState<unknown>();
  return (
    <Outcome title={stopped ? `The import of ${name} was stopped` : `${name} is imported`}>
      <Box role="status">
        <List>
          <List.Item>
            <strong>{added.toLocaleString()}</strong> new
          </List.Item>
          <List.Item>
            <strong>{known.toLocaleString()}</strong> known already
          </List.Item>
          <List.Item>
            <strong>{refused.toLocaleString()}</strong> refused
          </List.Item>
        </List>
      </Box>
      <Text size="sm" c="dimmed">
        It took {durationText(ms)}.{stopped && ' The same file again adds the rest.'}
      </Text>
      <Refusals refused={refused} refusals={refusals} notes={notes} />
      <Group>
        {profiles.map((profileName, index) => (
          <ButtonLink
            key={profileName}
            to="/data/$profileName"
            params={{ profileName }}
            variant={index === 0 ? 'filled' : 'default'}
          >
            Look at your data{profiles.length > 1 ? `: ${profileTitle(profileName)}` : ''}
          </ButtonLink>
        ))}
      </Group>
      <Fault error={error} />
      <Group>
        {added > 0 && (
          <>
            <Button variant="default" onClick={() => void importFlow.saveReport(importId, name).catch(setError)}>
              Download the report
            </Button>
            <Button variant="default" onClick={() => void importFlow.undo({ importId }, name)}>
              Undo this import
            </Button>
          </>
        )}
        <AnotherFile />
      </Group>
    </Outcome>
  );
}

export function UndonePanel({ stage }: { readonly stage: Extract<Stage, { at: 'undone' }> }) {
  const { work, undone, isStopped } = stage;
  const { deleted, gone, changed } = undone;
  const name = work.kind === 'undo' ? work.file : work.file.name;
  return (
    <Outcome title={isStopped ? `Taking back ${name} was stopped` : `The import of ${name} is taken back`}>
      <Text role="status">
        {countText(deleted, 'event')} deleted.
        {gone > 0 && ` ${countText(gone, 'event')} had been deleted before.`}
        {changed > 0 && ` ${countText(changed, 'event')} stayed: changed since the import.`}
        {isStopped && ' The rest stayed as it was; taken back once more, it goes as well.'}
      </Text>
      <Group>
        <AnotherFile />
      </Group>
    </Outcome>
  );
}

const AnotherFile = () => (
  <Button variant="default" onClick={() => importFlow.choose()}>
    Another file
  </Button>
);

function Outcome({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Card withBorder p="lg" maw={720}>
      <Stack gap="md">
        <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
          <Untrusted text={title} max={160} />
        </Title>
        {children}
      </Stack>
    </Card>
  );
}
