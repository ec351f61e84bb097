import { TextLink } from '../../../components/ui/links.tsx';
import { useState } from 'react';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { Skeleton, Stack, Text, useHotkeys } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { usePendingRequests } from '../queries.ts';
import { RequestCard } from './RequestCard.tsx';

/** What waits for a decision, newest first; the card with the focus has the keys. */
export function PendingRequests() {
  const pending = usePendingRequests();
  const [activeId, setActiveId] = useState<string>();
  const items = pending.data?.items ?? [];
  const activeIndex = Math.max(
    0,
    items.findIndex(({ id }) => id === activeId),
  );
  const go = (step: 1 | -1): void => {
    const next = items[Math.min(Math.max(activeIndex + (activeId === undefined ? 0 : step), 0), items.length - 1)];
    if (!next) return;
    setActiveId(next.id);
    const card = document.querySelector<HTMLElement>(`[data-request="${next.id}"]`);
    card?.focus();
    card?.scrollIntoView({ block: 'start' });
  };
  useHotkeys([
    ['j', () => go(1)],
    ['k', () => go(-1)],
  ]);
  if (pending.isPending) return <Skeleton height={240} aria-label="Loading the requests" />;
  if (pending.isError) return <ProblemAlert error={pending.error} />;
  if (items.length === 0)
    return (
      <EmptyState title="Nothing waits for you">
        When an app asks for your data, it stands here, together with the very events that it would get. To connect an
        app, <TextLink to="/apps">make a place for it</TextLink>.
      </EmptyState>
    );
  const count = pending.data.count ?? items.length;
  return (
    <Stack gap="lg">
      <Text c="dimmed" role="status">
        {countText(count, 'request waits', 'requests wait')} for your decision
        {count > items.length ? `; these are the newest ${items.length}` : ''}.
      </Text>
      {items.map((permission, index) => (
        <RequestCard
          key={permission.id}
          permission={permission}
          active={index === activeIndex && activeId !== undefined}
          onActive={() => setActiveId(permission.id)}
        />
      ))}
    </Stack>
  );
}
