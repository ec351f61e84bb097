import { useState } from 'react';
import { Button, Group, Modal, Radio, Stack, Text } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { exportJob, startExport, type ExportFormat } from '../export-job.ts';
import type { Filter } from '../filter-json.ts';
import { useJob } from '../jobs.ts';
import { useCount } from '../queries.ts';
import type { Fields } from '../use-fields.ts';

interface Properties {
  readonly profile: string;
  readonly fields: Fields;
  readonly filter: Filter;
  readonly onClose: () => void;
}

/** What is filtered, as a file. */
export function ExportDialog({ profile, fields, filter, onClose }: Properties) {
  const [format, setFormat] = useState<ExportFormat>('ndjson');
  const count = useCount({ profile, filter }, true);
  const running = useJob(exportJob)?.phase === 'running';
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Modal opened onClose={onClose} title="Export events" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void startExport({ profile, filter, format, fields: fields.payload, total: count.data });
          onClose();
        }}
      >
        <Stack>
          <Text role="status">
            {count.data === undefined ? 'Counting the events …' : countText(count.data, 'event')}
            {isFiltered ? ' that the filter leaves.' : ' of this profile.'}
          </Text>
          <ProblemAlert error={count.error} />
          <Radio.Group
            label="As what"
            value={format}
            onChange={(value) => setFormat(value === 'csv' ? 'csv' : 'ndjson')}
          >
            <Stack gap="sm" mt="xs">
              <Radio
                value="ndjson"
                label="NDJSON: exact"
                description="Everything, one event a line, with the schema. A keep can import it again."
              />
              <Radio
                value="csv"
                label="CSV: for a spreadsheet"
                description={
                  'One event a row, one field a column. Text that a spreadsheet would take for a formula ' +
                  "(it begins with = + - or @) gets a ' in front, so that an app’s text cannot run there."
                }
              />
            </Stack>
          </Radio.Group>
          {running && <Text size="sm">An export is going on: wait for it, or cancel it.</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={running || count.data === 0}>
              Export
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
