import { useState } from 'react';
import type { Event } from '../../../api/operations.ts';
import { isProblem } from '../../../api/problem.ts';
import { JsonView } from '../../../components/code/code.tsx';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { CopyText } from '../../../components/ui/CopyText.tsx';
import { Button, Group, Modal, Skeleton, Stack, Text } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useEvent, useRemove } from '../queries.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { EventEditor } from './EventEditor.tsx';

/** One event: what is known of it in words, its payload as JSON, to be changed or deleted. */
export function EventDialog({ id, onClose }: { readonly id: string | undefined; readonly onClose: () => void }) {
  const [isDirty, setDirty] = useState(false);
  const close = (): void => {
    setDirty(false);
    onClose();
  };
  return (
    <Modal
      opened={id !== undefined}
      onClose={close}
      title="Event"
      size="xl"
      // What was typed is not lost by a slip.
      closeOnEscape={!isDirty}
      closeOnClickOutside={!isDirty}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {id !== undefined && <EventContent key={id} id={id} onDirty={setDirty} onClose={close} />}
    </Modal>
  );
}

interface ContentProperties {
  readonly id: string;
  readonly onDirty: (isDirty: boolean) => void;
  readonly onClose: () => void;
}

function EventContent({ id, onDirty, onClose }: ContentProperties) {
  const event = useEvent(id);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const remove = useRemove(id);
  // An editor stays: what is typed there would be lost with an event that is gone.
  if (isProblem(event.error, 'not-found') && !editing)
    return <Text>This event is not there any more: it was deleted, by you elsewhere or by an app.</Text>;
  if (event.data === undefined)
    return event.error ? (
      <ProblemAlert error={event.error} />
    ) : (
      <Skeleton height={240} aria-label="Loading the event" />
    );
  if (editing)
    return (
      <EventEditor
        event={event.data}
        onDirty={onDirty}
        onDone={() => {
          onDirty(false);
          setEditing(false);
        }}
      />
    );
  return (
    <Stack>
      <InWords event={event.data} />
      <JsonView label="Payload" value={event.data.payload} />
      <CopyText label="the event’s id" text={id} />
      <Group justify="flex-end">
        <Button variant="default" c="var(--mantine-color-error)" onClick={() => setDeleting(true)}>
          Delete
        </Button>
        <Button onClick={() => setEditing(true)}>Edit</Button>
      </Group>
      <ConfirmDialog
        opened={deleting}
        title="Delete this event?"
        action="Delete"
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setDeleting(false)}
        onConfirm={() =>
          remove.mutate(event.data.metadata.version, {
            onSuccess: () => {
              notifyDone('The event is deleted.');
              onClose();
            },
          })
        }
      >
        It is gone for good, for you and for every app. Apps that follow changes are told that it was deleted.
      </ConfirmDialog>
    </Stack>
  );
}

/** An event's metadata in a sentence. */
function InWords({ event }: { readonly event: Event }) {
  const { source, createdDate, acceptedDate, version, identifier } = event.metadata;
  const { modifiedBy } = event.metadata as { modifiedBy?: string };
  return (
    <Text>
      <AppName id={source} /> sent this event. It is dated <When at={createdDate} plain />; the keep took it{' '}
      <When at={acceptedDate} />.{' '}
      {version === 1
        ? 'It has not been changed since.'
        : `It has been changed ${version === 2 ? 'once' : `${(version - 1).toLocaleString()} times`}`}
      {version > 1 && modifiedBy !== undefined && (
        <>, last by {modifiedBy === 'admin' ? 'you' : <AppName id={modifiedBy} />}</>
      )}
      {version > 1 && '.'}
      {identifier !== undefined && (
        <>
          {' '}
          The app calls it <Untrusted text={identifier} max={80} />.
        </>
      )}
    </Text>
  );
}
