import { useState } from 'react';
import type { Event } from '../../../api/operations.ts';
import { isProblem } from '../../../api/problem.ts';
import { CodeComparison } from '../../../components/code/code.tsx';
import { jsonFault } from '../../../components/code/json-places.ts';
import { Alert, Button, Group, Skeleton, Stack, Text } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useEvent, useModify } from '../queries.ts';
import { JsonEditor } from './JsonEditor.tsx';

interface Properties {
  readonly event: Event;
  readonly onDirty: (isDirty: boolean) => void;
  readonly onDone: () => void;
}

function textOf(event: Event): string {
  return JSON.stringify(event.payload, undefined, 2);
}

/** The payload as JSON, saved against the version that it was read at: a change of someone else is not overwritten. */
export function EventEditor({ event, onDirty, onDone }: Properties) {
  // The event as it was when the editing began: what arrives meanwhile does not overwrite what is typed.
  const [base, setBase] = useState(event);
  const [text, setText] = useState(() => textOf(event));
  const modify = useModify(event.id);
  const save = (version: number): void => {
    if (jsonFault(text)) return;
    modify.mutate(
      { payload: text, version },
      {
        onSuccess: () => {
          notifyDone('The event is changed.');
          onDone();
        },
      },
    );
  };
  const take = (now: Event): void => {
    setBase(now);
    setText(textOf(now));
    modify.reset();
  };
  const isConflict = isProblem(modify.error, 'version-mismatch');
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        save(base.metadata.version);
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          The payload has to abide by the profile’s schema. When, by which app and under which identifier it was sent
          stays.
        </Text>
        <JsonEditor
          label="Payload"
          text={text}
          onChange={(next) => {
            setText(next);
            onDirty(true);
          }}
          error={modify.error}
          prefix="/payload"
          minHeight={240}
        />
        {isConflict ? (
          <Conflict id={event.id} text={text} isSaving={modify.isPending} onSave={save} onTake={take} />
        ) : (
          <ProblemAlert error={modify.error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          {!isConflict && (
            <Button type="submit" loading={modify.isPending}>
              Save
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

interface ConflictProperties {
  readonly id: string;
  readonly text: string;
  readonly isSaving: boolean;
  readonly onSave: (version: number) => void;
  readonly onTake: (now: Event) => void;
}

/** Somebody changed the event meanwhile: what it is now beside what was typed. */
function Conflict({ id, text, isSaving, onSave, onTake }: ConflictProperties) {
  const now = useEvent(id);
  if (isProblem(now.error, 'not-found')) return <ProblemAlert error={now.error} />;
  if (now.data === undefined || now.isFetching) return <Skeleton height={120} aria-label="Loading what it is now" />;
  const { data } = now;
  return (
    <Alert color="orange" variant="outline" title="This event was changed while you wrote" role="alert">
      <Stack gap="sm">
        <Text size="sm">Nothing was saved. From what it is now to what you wrote:</Text>
        <CodeComparison label="What it is now, and what you wrote" before={textOf(data)} after={text} language="json" />
        <Group>
          <Button size="xs" variant="default" onClick={() => onTake(data)}>
            Take what it is now
          </Button>
          <Button size="xs" loading={isSaving} onClick={() => onSave(data.metadata.version)}>
            Save mine over it
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
