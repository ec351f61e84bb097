import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { App } from '../../../api/operations.ts';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Radio, Stack, Text } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { useAppLimits, useDeleteApp } from '../queries.ts';

interface Properties {
  readonly app: App;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Removes an app, with or without its events: says how many, and asks for the name. */
export function RemoveDialog({ app, opened, onClose }: Properties) {
  const [events, setEvents] = useState<'keep' | 'delete'>('keep');
  const remove = useDeleteApp(app.id);
  const count = useAppLimits(app.id).data?.events?.used;
  const navigate = useNavigate();
  const many = count === undefined ? 'its events' : countText(count, 'event');
  return (
    <ConfirmDialog
      opened={opened}
      title="Remove the app"
      action={events === 'keep' ? 'Remove the app' : `Remove the app and ${many}`}
      typed={app.name}
      pending={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(events, {
          onSuccess: () => {
            notifyDone('The app is removed.');
            void navigate({ to: '/apps' });
          },
        })
      }
    >
      <Stack gap="sm">
        <Text>
          It is shut out at once. Its requests, permissions and view instances go with it, and this can't be undone.
        </Text>
        <Radio.Group
          label="And what it stored?"
          value={events}
          onChange={(value) => setEvents(value as 'keep' | 'delete')}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="keep" label={`Keep ${many}`} />
            <Radio value="delete" label={`Delete ${many}, for good`} />
          </Stack>
        </Radio.Group>
      </Stack>
    </ConfirmDialog>
  );
}
