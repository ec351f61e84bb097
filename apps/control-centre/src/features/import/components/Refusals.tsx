import { List, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import type { Shown } from '../worker/calls.ts';

/** What of the file is no event, each with its line and the reason, and what else there is to know. */
export function Refusals({ refused, refusals, notes }: Pick<Shown, 'refused' | 'refusals' | 'notes'>) {
  const hidden = refused - refusals.length;
  return (
    <>
      {refused > 0 && (
        <Stack gap="xs">
          <Title order={3} size="h5">
            {countText(refused, 'part')} refused
          </Title>
          <List size="sm" className="import-refusals" tabIndex={0} aria-label="What was refused">
            {refusals.map(({ line, reason }, index) => (
              <List.Item key={index}>
                Line {line.toLocaleString()}: <Untrusted text={reason} max={300} />
              </List.Item>
            ))}
            {hidden > 0 && <List.Item>and {hidden.toLocaleString()} more</List.Item>}
          </List>
        </Stack>
      )}
      {notes.length > 0 && (
        <Stack gap={2}>
          {notes.map((text) => (
            <Text key={text} size="sm" c="dimmed">
              <Untrusted text={text} max={300} />
            </Text>
          ))}
        </Stack>
      )}
    </>
  );
}
