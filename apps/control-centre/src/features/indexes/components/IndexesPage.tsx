import type { Index } from '../../../api/operations.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useIndexes } from '../queries.ts';
import { IndexCard } from './IndexCard.tsx';
import { PolicyForm } from './PolicyForm.tsx';

const sections: readonly { readonly title: string; readonly states: readonly Index['state'][] }[] = [
  { title: 'Waiting for your word', states: ['candidate'] },
  { title: 'On their way', states: ['approved', 'building', 'verifying'] },
  { title: 'In use', states: ['active', 'hidden'] },
  { title: 'Not there', states: ['dropped', 'reverted', 'failed', 'rejected'] },
  { title: 'Needed by the storage itself', states: ['declared'] },
];

export function IndexesPage() {
  const indexes = useIndexes();
  return (
    <Page title="Indexes">
      <Text maw={720}>
        An index is like the register of a book: a question is answered by looking at the few pages that matter. The
        keep makes one where the time saved is worth its space, proves that it helps, and takes it back when it does
        not. No answer ever changes by it.
      </Text>
      <ProblemAlert error={indexes.error} />
      {indexes.isPending && <Skeleton height={200} aria-label="Loading the indexes" />}
      {indexes.data !== undefined && (
        <>
          <PolicyForm list={indexes.data} />
          {indexes.data.items.every(({ state }) => state === 'declared') && (
            <EmptyState title="None was made yet">
              A question must be asked often, over half an hour at least, before it counts as a habit.
            </EmptyState>
          )}
          {sections.map(({ title, states }) => {
            const items = indexes.data.items.filter(({ state }) => states.includes(state));
            if (items.length === 0) return null;
            return (
              <Stack key={title} gap="sm">
                <Title order={2} size="h4">
                  {title}
                </Title>
                {items.map((index) => (
                  <IndexCard key={index.id} index={index} />
                ))}
              </Stack>
            );
          })}
        </>
      )}
    </Page>
  );
}
