import { ProblemError } from '../../../api/problem.ts';
import { TextLink } from '../../../components/ui/links.tsx';
import {
  Alert,
  Button,
  Code,
  Group,
  List,
  Paper,
  Progress,
  Stack,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { bytesText, countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importJob, startImport, type ImportProgress } from '../import-job.ts';
import { shortText } from '../titles.ts';

/** How far an import is, how it ended, and what is wrong at which line. */
export function ImportReport({ progress }: { readonly progress: ImportProgress }) {
  const { phase, file } = progress;
  const name = shortText(file.name, 80);
  if (phase === 'running') return <Running name={name} progress={progress} />;
  if (phase === 'done')
    return (
      <Alert color="teal" variant="outline" title={`${name} is imported`} role="status" maw={720}>
        <Text size="sm">
          {storedText(progress)}{' '}
          <TextLink to="/data" underline="always">
            Look at the data
          </TextLink>
        </Text>
      </Alert>
    );
  return <Stopped name={name} progress={progress} />;
}

function storedText({ accepted, duplicates }: ImportProgress): string {
  const there =
    duplicates === 0 ? '' : ` ${countText(duplicates, 'event')} ${duplicates === 1 ? 'was' : 'were'} there already.`;
  return `${countText(accepted, 'event')} stored.${there}`;
}

interface Properties {
  readonly name: string;
  readonly progress: ImportProgress;
}

function Running({ name, progress }: Properties) {
  const { bytes, file, lines } = progress;
  return (
    <Paper withBorder p="md" maw={720}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            Importing {name}
          </Title>
          <Button variant="default" size="xs" onClick={() => importJob.cancel()}>
            Cancel the import
          </Button>
        </Group>
        <Progress value={(bytes / Math.max(file.size, 1)) * 100} aria-label={`Progress of the import of ${name}`} />
        <Text size="sm" c="dimmed" role="status">
          {bytesText(bytes)} of {bytesText(file.size)}, {countText(lines, 'line')}. {storedText(progress)} You can look
          at other pages meanwhile; keep this tab open.
        </Text>
      </Stack>
    </Paper>
  );
}

function Stopped({ name, progress }: Properties) {
  const { phase, lines, error, faults, faultyText, file } = progress;
  const isCancelled = phase === 'cancelled';
  return (
    <Alert
      color={isCancelled ? 'gray' : 'red'}
      variant="outline"
      title={isCancelled ? `The import of ${name} was cancelled` : `The import of ${name} stopped`}
      role="alert"
      maw={720}
    >
      <Stack gap="sm" align="flex-start">
        {faults && (
          <>
            <List size="sm">
              {faults.map(({ line, pointer, detail }) => (
                <List.Item key={`${line} ${pointer}`}>
                  <strong>Line {line.toLocaleString()}</strong>: {pointer !== '' && <Code>{pointer}</Code>}{' '}
                  <Untrusted text={detail} max={300} lines />
                </List.Item>
              ))}
            </List>
            {faultyText !== undefined && (
              <div>
                <Text size="sm">The line, as it stands in the file:</Text>
                <Text size="sm" ff="monospace">
                  <Untrusted text={faultyText} max={500} lines />
                </Text>
              </div>
            )}
            <Text size="sm">
              What stands before it is stored. Mend the line and import the file again: nothing is stored twice.
            </Text>
          </>
        )}
        {!faults && error instanceof ProblemError && <ProblemAlert error={error} />}
        {!faults && error instanceof Error && !(error instanceof ProblemError) && (
          <Text size="sm">{error.message}</Text>
        )}
        <Text size="sm" role="status">
          {storedText(progress)}
        </Text>
        {!faults && (
          <Button size="xs" onClick={() => void startImport(file, progress)}>
            Go on from line {(lines + 1).toLocaleString()}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
