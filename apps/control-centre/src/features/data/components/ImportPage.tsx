import { useState, type DragEvent } from 'react';
import { TextLink } from '../../../components/ui/links.tsx';
import { Button, FileButton, Group, Paper, Stack, Text } from '../../../components/ui/mantine.ts';
import { bytesText } from '../../../components/ui/numbers.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { importJob, startImport } from '../import-job.ts';
import { useJob } from '../jobs.ts';
import { shortText } from '../titles.ts';
import { ImportReport } from './ImportReport.tsx';
import '../data.css';

/** What an export wrote, in again. */
export function ImportPage() {
  const progress = useJob(importJob);
  const [file, setFile] = useState<File>();
  const [isOver, setOver] = useState(false);
  const running = progress?.phase === 'running';
  const choose = (chosen: File | null | undefined): void => {
    if (chosen && !running) setFile(chosen);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer.files[0]);
  };
  return (
    <Page title="Import an export">
      <Text size="sm" c="dimmed" mt="calc(-1 * var(--mantine-spacing-sm))">
        <TextLink to="/data" inherit underline="always">
          Data
        </TextLink>{' '}
        / Import an export
      </Text>
      <Text maw={720}>
        Restores what an export wrote as NDJSON, of this keep or of another: each event with its id, its app, its dates
        and its version, and profiles that are not there. What is there already is left as it is, so importing the same
        file again does no harm.
      </Text>
      {!running && (
        <Paper
          className="drop"
          data-over={isOver}
          p="lg"
          maw={720}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <Stack align="flex-start" gap="sm">
            <Group>
              <FileButton onChange={choose} accept=".ndjson,.jsonl,.json,application/x-ndjson">
                {(properties) => (
                  <Button variant="default" {...properties}>
                    Choose a file
                  </Button>
                )}
              </FileButton>
              <Text size="sm" c="dimmed">
                or drop it here
              </Text>
            </Group>
            <Text size="sm" role="status">
              {file ? `${shortText(file.name, 80)}, ${bytesText(file.size)}` : 'No file is chosen.'}
            </Text>
            <Button disabled={file === undefined} onClick={() => file && void startImport(file)}>
              Import
            </Button>
          </Stack>
        </Paper>
      )}
      {progress && <ImportReport progress={progress} />}
    </Page>
  );
}
