import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import type { App } from '../../../api/operations.ts';
import { Button, Group, Modal, Stack, Textarea, TextInput } from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useUpdateApp } from '../queries.ts';

interface Properties {
  readonly app: App;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EditDialog({ app, opened, onClose }: Properties) {
  return (
    <Modal opened={opened} onClose={onClose} title="Edit" closeButtonProps={{ 'aria-label': 'Close' }}>
      <EditForm app={app} onClose={onClose} />
    </Modal>
  );
}

/** Begins anew with each opening: with what the app is now. */
function EditForm({ app, onClose }: Omit<Properties, 'opened'>) {
  const [name, setName] = useState(app.name);
  const [description, setDescription] = useState(app.description ?? '');
  const [origins, setOrigins] = useState(app.origins.join('\n'));
  const update = useUpdateApp(app.id);
  const places = ['/origins', ...wordsOf(origins).map((_, index) => `/origins/${index}`)];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const change = { name, description: description === '' ? null : description, origins: wordsOf(origins) };
        update.mutate(change, { onSuccess: onClose });
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          error={placeOf(update.error, '/name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="What it is for"
          autosize
          minRows={2}
          value={description}
          error={placeOf(update.error, '/description')}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Textarea
          label="Web pages that may call as this app"
          description="Their origins, one a line, such as https://diary.example. Other programs need none."
          autosize
          value={origins}
          error={places.map((pointer) => placeOf(update.error, pointer)).find((fault) => fault !== undefined)}
          onChange={(event) => setOrigins(event.currentTarget.value)}
        />
        <ProblemAlert error={update.error} placed={['/name', '/description', ...places]} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={update.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
