import type { ExplainedEventList } from '../../../api/operations.ts';
import { TextLink } from '../../../components/ui/links.tsx';
import { Code, Stack, Text } from '../../../components/ui/mantine.ts';
import { countText, durationText } from '../../../components/ui/numbers.ts';
import { visibleText } from '../../../components/ui/visible-text.ts';

/** This many events examined for each that is shown justify an index. */
const wasteful = 20;

/** How a query ran, in words; the engine's own below. */
export function ExplanationText({ explanation }: { readonly explanation: ExplainedEventList['explain'] }) {
  if (explanation === undefined) return <Text size="sm">The engine that stores the events does not say.</Text>;
  const { index, plan, milliseconds, rowsReturned, rowsExamined } = explanation;
  const time = milliseconds < 1 ? 'less than 1 ms' : durationText(milliseconds);
  return (
    <Stack gap={6}>
      <Text size="sm">
        {index === null ? (
          'No index served this query. '
        ) : (
          <>
            The index <Code>{visibleText(index)}</Code> served this query.{' '}
          </>
        )}
        {rowsExamined === null
          ? `The engine does not say how many events it looked at to find ${countText(rowsReturned, 'event')}`
          : `${countText(rowsExamined, 'event')} ${rowsExamined === 1 ? 'was' : 'were'} looked at to ` +
            `find ${rowsReturned.toLocaleString()}`}
        ; it took {time}.
      </Text>
      {rowsExamined !== null && rowsExamined > 1000 && rowsExamined > wasteful * Math.max(rowsReturned, 1) && (
        <Text size="sm">
          Most of them were left out again. Where apps ask this often, the keep makes or suggests an index by itself:
          see{' '}
          <TextLink to="/indexes" inherit underline="always">
            Indexes
          </TextLink>
          .
        </Text>
      )}
      {plan.length > 0 && (
        <details>
          <summary>In the engine’s words</summary>
          <Code block>{visibleText(plan.join('\n'))}</Code>
        </details>
      )}
    </Stack>
  );
}
