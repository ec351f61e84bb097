import { ProblemError, unreachable } from '../../api/problem.ts';
import { Alert, Anchor, Code, List, Stack, Text } from './mantine.ts';

/** A refusal in the keep's own words: what, why, where, and under which id the log has it. */
export function ProblemAlert({
  error,
  hidePlaces = false,
}: {
  readonly error: unknown;
  readonly hidePlaces?: boolean;
}) {
  if (error === null || error === undefined) return null;
  const problem =
    error instanceof ProblemError
      ? error.problem
      : { ...unreachable, title: 'This page made a mistake', detail: String(error) };
  const places = hidePlaces ? [] : (problem.errors ?? []);
  return (
    <Alert color="red" title={problem.title} role="alert" variant="outline">
      <Stack gap="xs">
        {problem.detail !== problem.title && <Text size="sm">{problem.detail}</Text>}
        {places.length > 0 && (
          <List size="sm">
            {places.map((place) => (
              <List.Item key={`${place.index ?? ''}${place.pointer}${place.code}`}>
                {place.pointer !== '' && <Code>{place.pointer}</Code>} {place.detail}
              </List.Item>
            ))}
          </List>
        )}
        {problem.code !== 'unreachable' && (
          <Text size="xs" c="dimmed">
            <Anchor href={`/docs/errors#${problem.code}`} target="_blank" size="xs">
              What “{problem.code}” means
            </Anchor>
            {problem.instance ? ` · request ${problem.instance}` : ''}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
