import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Profile } from '../../../api/operations.ts';
import { JsonView } from '../../../components/code/code.tsx';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Button, Group, Paper, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { useDeleteProfile } from '../queries.ts';
import { shortText } from '../titles.ts';

/** What each event has to look like, and the end of a profile that has none. */
export function SchemaTab({ profile, count }: { readonly profile: Profile; readonly count: number | undefined }) {
  const [deleting, setDeleting] = useState(false);
  const remove = useDeleteProfile(profile.name);
  const navigate = useNavigate();
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        Every event of this profile abides by this JSON Schema. It does not change; an app that needs another registers
        another profile.
      </Text>
      <JsonView label="Schema" value={profile.schema} />
      <Paper withBorder p="md">
        <Group justify="space-between">
          <Stack gap={2}>
            <Title order={2} size="h5">
              Delete this profile
            </Title>
            <Text size="sm" c="dimmed">
              {count === 0
                ? 'It has no events. Its name becomes free, and apps’ permissions on it end.'
                : 'Only a profile without events can be deleted: delete these first.'}
            </Text>
          </Stack>
          <Button
            variant="default"
            c="var(--mantine-color-error)"
            disabled={count !== 0}
            onClick={() => setDeleting(true)}
          >
            Delete the profile
          </Button>
        </Group>
      </Paper>
      <ConfirmDialog
        opened={deleting}
        title="Delete this profile?"
        action="Delete"
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setDeleting(false)}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              notifyDone(`The profile “${shortText(profile.name)}” is deleted.`);
              void navigate({ to: '/data' });
            },
          })
        }
      >
        <Untrusted text={profile.name} max={120} /> goes, and with it every permission that an app has on it. An app may
        register it again. It takes some seconds.
      </ConfirmDialog>
    </Stack>
  );
}
