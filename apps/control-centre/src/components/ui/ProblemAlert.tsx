import { remedies } from '../../api/generated/remedies.gen.ts';
import { ProblemError, unreachable } from '../../api/problem.ts';
import { Alert, Anchor, Code, List, Stack, Text } from './mantine.ts';

/** A refusal in the keep's own words: what, why, where, what to do, and under which id the log has it. */
export function ProblemAlert({
  error,
  placed = [],
}: {
  readonly error: unknown;
  /** JSON Pointers of what the form marks at its fields. */
  readonly placed?: readonly string[];
}) {
  if (error === null || error === undefined) return null;
  const problem =
    error instanceof ProblemError
      ? error.problem
      : { ...unreachable, title: 'This page made a mistake', detail: String(error) };
  const faults = problem.errors ?? [];
  const places = faults.filter(({ pointer }) => !placed.includes(pointer));
  const remedy = remedies[problem.code];
  // The detail of a refusal by fields is its first fault once more.
  const repeats = faults[0] !== undefined && problem.detail.endsWith(faults[0].detail);
  if (repeats && places.length === 0)
    return (
      <Text size="sm" c="var(--mantine-color-error)" role="alert">
        Nothing was done: what is wrong stands at its field.
      </Text>
    );
  return (
    <Alert color="red" title={problem.title} role="alert" variant="outline">
      <Stack gap="xs">
        {problem.detail !== problem.title && !repeats && (
          <Text size="sm">
            {problem.code === 'not-found' ? 'It was deleted, or the address is mistyped.' : problem.detail}
          </Text>
        )}
        {places.length > 0 && (
          <List size="sm">
            {places.map((place) => (
              <List.Item key={`${place.index ?? ''}${place.pointer}${place.code}`}>
                {place.pointer !== '' && <Code>{place.pointer}</Code>} {place.detail}
              </List.Item>
            ))}
          </List>
        )}
        {faults.length === 0 && remedy !== undefined && remedy !== problem.detail && <Text size="sm">{remedy}</Text>}
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
