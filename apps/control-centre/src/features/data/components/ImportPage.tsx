import { useState } from 'react';
import { DropZone } from '../../../components/ui/DropZone.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Button, Text } from '../../../components/ui/mantine.ts';
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
  const running = progress?.phase === 'running';
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
        <DropZone onFile={setFile} accept=".ndjson,.jsonl,.json,application/x-ndjson" variant="default">
          <Text size="sm" role="status">
            {file ? `${shortText(file.name, 80)}, ${bytesText(file.size)}` : 'No file is chosen.'}
          </Text>
          <Button disabled={file === undefined} onClick={() => file && void startImport(file)}>
            Import
          </Button>
        </DropZone>
      )}
      {progress && <ImportReport progress={progress} />}
    </Page>
  );
}
