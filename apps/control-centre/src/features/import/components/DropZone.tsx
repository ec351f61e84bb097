import { useState, type DragEvent } from 'react';
import { Button, FileButton, Group, Paper, Stack, Text } from '../../../components/ui/mantine.ts';
import { importFlow } from '../flow.ts';

/** Takes a file that is dropped or chosen. */
export function DropZone() {
  const [isOver, setOver] = useState(false);
  const choose = (file: File | null | undefined): void => {
    if (file) void importFlow.look(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer.files[0]);
  };
  return (
    <Paper
      className="import-drop"
      data-over={isOver}
      p="xl"
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
          <FileButton onChange={choose}>{(properties) => <Button {...properties}>Choose a file</Button>}</FileButton>
          <Text size="sm" c="dimmed">
            or drop it here
          </Text>
        </Group>
        <Text size="sm">
          Calendars (.ics), tracks (.gpx), Google Timeline, Apple Health, ActivityWatch, tables (.csv) and more. Nothing
          is sent before you have seen what is in it.
        </Text>
        <Text size="sm" c="dimmed">
          The report of an import, dropped here, takes that import back.
        </Text>
      </Stack>
    </Paper>
  );
}
