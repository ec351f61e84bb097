import { DropZone } from '../../../components/ui/DropZone.tsx';
import { Text } from '../../../components/ui/mantine.ts';
import { importFlow } from '../flow.ts';

/** Where a file is dropped or chosen, and what it may be. */
export function ChooseFile() {
  return (
    <DropZone onFile={(file) => void importFlow.look(file)}>
      <Text size="sm">
        Calendars (.ics), tracks (.gpx), Google Timeline, Apple Health, Strava, ActivityWatch and tables (.csv). Nothing
        is sent before you have seen what is in it.
      </Text>
      <Text size="sm" c="dimmed">
        The report of an import, dropped here, takes that import back.
      </Text>
    </DropZone>
  );
}
