import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import {
  Anchor,
  Button,
  Checkbox,
  FileButton,
  Group,
  Paper,
  Stack,
  Text,
  Title,
} from '../../../components/ui/mantine.ts';
import { bytesText, countText } from '../../../components/ui/numbers.ts';
import { PasswordField } from '../../../components/ui/PasswordField.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { exactTime } from '../../../components/ui/When.tsx';
import type { RestoredBackup } from '../../../api/operations.ts';
import { restoreBackup, type RestoreStep } from '../restore.ts';

const stepText: Readonly<Record<RestoreStep, string>> = {
  upload: 'The file is on its way to the keep.',
  check: 'The backup is opened, and all of it is checked.',
  start: 'It is whole. The keep starts anew on it.',
};

/** Gets a former keep back from its backup, in place of this empty one. */
export function RestoreBackup({ setupToken }: { readonly setupToken: string }) {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const [voidTokens, setVoidTokens] = useState(false);
  const [step, setStep] = useState<RestoreStep>('upload');
  const restore = useMutation({
    gcTime: 0,
    mutationFn: (chosen: File) => restoreBackup({ setupToken, file: chosen, passphrase, voidTokens }, setStep),
  });
  if (restore.data) return <Restored {...restore.data} />;
  return (
    <Paper withBorder p="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (file) restore.mutate(file);
        }}
      >
        <Stack>
          <Title order={2} size="h4">
            Restore a backup
          </Title>
          <Group>
            <FileButton onChange={setFile} accept=".age,application/octet-stream">
              {(properties) => (
                <Button variant="default" disabled={restore.isPending} {...properties}>
                  Choose the file
                </Button>
              )}
            </FileButton>
            <Text size="sm" role="status" style={{ overflowWrap: 'anywhere' }}>
              {file ? `${file.name}, ${bytesText(file.size)}` : 'Its name ends in .tar.zst.age.'}
            </Text>
          </Group>
          <PasswordField
            label="Passphrase of the backup"
            autoComplete="off"
            required
            value={passphrase}
            error={placeOf(restore.error, '/passphrase')}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
          />
          <Checkbox
            label="Void all tokens"
            description="After a break-in: every app needs a new association token then."
            checked={voidTokens}
            onChange={(event) => setVoidTokens(event.currentTarget.checked)}
          />
          <ProblemAlert error={restore.error} placed={['/passphrase']} />
          {restore.isPending && (
            <Text size="sm" role="status">
              {stepText[step]}
            </Text>
          )}
          <Button type="submit" disabled={file === null} loading={restore.isPending}>
            Restore
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

function Restored({ createdDate, events, records }: RestoredBackup) {
  return (
    <Paper withBorder p="lg">
      <Stack>
        <Title order={2} size="h4">
          Everything is back
        </Title>
        <Text>
          {countText(events, 'event')} and {countText(records, 'record')} of apps, permissions and the rest, as they
          were on {exactTime(createdDate)}.
        </Text>
        <Text>
          What was decided after that is forgotten: look through the permissions. Sign in with your name and password of
          that time.
        </Text>
        <Anchor href="/sign-in">Sign in</Anchor>
      </Stack>
    </Paper>
  );
}
