import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { jsonFault } from '../../../components/code/json-places.ts';
import { Button, Group, Modal, Stack, Text, TextInput } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useRegisterProfile } from '../queries.ts';
import { shortText } from '../titles.ts';
import { JsonEditor } from './JsonEditor.tsx';

const beginning = `{
  "title": "Walks",
  "type": "object",
  "required": ["distance"],
  "properties": {
    "distance": { "type": "number", "description": "Kilometres." },
    "note": { "type": "string" }
  },
  "additionalProperties": false
}
`;

/** A profile that the owner registers, as an app would. */
export function NewProfileDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [schema, setSchema] = useState(beginning);
  const register = useRegisterProfile();
  const submit = (): void => {
    if (jsonFault(schema) !== undefined) return;
    register.mutate(
      { name, schema: JSON.parse(schema) as Record<string, unknown> },
      {
        onSuccess: () => {
          notifyDone(`The profile “${shortText(name)}” is registered.`);
          setName('');
          setSchema(beginning);
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened={opened} onClose={onClose} title="New profile" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          <Text size="sm">
            Most profiles come from apps. Make one yourself where you write events by a program of your own, or want to
            decide how they look before an app comes.
          </Text>
          <TextInput
            label="Name"
            description="What apps and queries call it. A domain of yours keeps it apart from others’: example.org/walk"
            required
            autoComplete="off"
            value={name}
            error={placeOf(register.error, '/name')}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <JsonEditor
            label="Schema (JSON Schema)"
            text={schema}
            onChange={setSchema}
            error={register.error}
            prefix="/schema"
            maxHeight={320}
          />
          <ProblemAlert error={register.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={register.isPending}>
              Register
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
