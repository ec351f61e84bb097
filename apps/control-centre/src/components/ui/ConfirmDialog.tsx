import { useState, type ReactNode } from 'react';
import { Button, Group, Modal, Stack, Text, TextInput } from './mantine.ts';
import { ProblemAlert } from './ProblemAlert.tsx';

interface Properties {
  readonly opened: boolean;
  readonly title: string;
  /** What will happen, in words: counts, names, what cannot be undone. */
  readonly children: ReactNode;
  /** The verb on the button. */
  readonly action: string;
  readonly dangerous?: boolean;
  /** A name that has to be typed first. */
  readonly typed?: string;
  readonly pending: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ opened, title, ...question }: Properties) {
  return (
    <Modal opened={opened} onClose={question.onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...question} />
    </Modal>
  );
}

/** Begins anew with each opening: with nothing typed, and no refusal of a former try. */
function Question(properties: Omit<Properties, 'opened' | 'title'>) {
  const { children, action, dangerous = true, typed, pending, error, onConfirm, onClose } = properties;
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const allowed = typed === undefined || text === typed;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!allowed) return;
        setTried(true);
        onConfirm();
      }}
    >
      <Stack>
        <Text component="div">{children}</Text>
        {typed !== undefined && (
          <TextInput
            label={
              <>
                Type “<bdi className="untrusted untrusted-lines">{typed}</bdi>” to go on
              </>
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {tried && <ProblemAlert error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" {...(dangerous ? { color: 'red.9' } : {})} loading={pending} disabled={!allowed}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
