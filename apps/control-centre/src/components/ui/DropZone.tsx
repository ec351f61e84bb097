import { useState, type DragEvent, type ReactNode } from 'react';
import { Button, FileButton, Group, Paper, Stack, Text } from './mantine.ts';
import './drop-zone.css';

/** Takes a file that is dropped or chosen. */
export function DropZone({
  onFile,
  accept,
  variant = 'filled',
  children,
}: {
  readonly onFile: (file: File) => void;
  readonly accept?: string;
  /** Of the button: `default` where another act is the main one. */
  readonly variant?: 'filled' | 'default';
  readonly children: ReactNode;
}) {
  const [isOver, setOver] = useState(false);
  const choose = (file: File | null | undefined): void => {
    if (file) onFile(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer.files[0]);
  };
  return (
    <Paper
      className="drop-zone"
      data-over={isOver}
      p="lg"
      maw={720}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack align="flex-start" gap="sm">
        <Group>
          <FileButton onChange={choose} {...(accept === undefined ? {} : { accept })}>
            {(properties) => (
              <Button variant={variant} {...properties}>
                Choose a file
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed">
            or drop it here
          </Text>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
