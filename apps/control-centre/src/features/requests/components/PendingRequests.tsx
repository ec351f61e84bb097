import { useEffect, useRef, useState } from 'react';
import type { Permission } from '../../../api/operations.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Skeleton, Stack, Text, useHotkeys } from '../../../components/ui/mantine.ts';
import { countText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { usePendingRequests } from '../queries.ts';
import { DecidedMeanwhile } from './DecidedMeanwhile.tsx';
import { RequestCard } from './RequestCard.tsx';

/** Older notices of what left the list make room for newer ones. */
const mostLeft = 10;

/** Ids of requests that were in the list and left it, but for those that this tab decided. */
function useLeft(items: readonly Permission[] | undefined) {
  const [left, setLeft] = useState<readonly string[]>([]);
  const before = useRef<readonly string[]>([]);
  const own = useRef(new Set<string>());
  useEffect(() => {
    if (items === undefined) return;
    const ids = items.map(({ id }) => id);
    const gone = before.current.filter((id) => !ids.includes(id) && !own.current.delete(id));
    before.current = ids;
    if (gone.length > 0) setLeft((others) => [...others, ...gone].slice(-mostLeft));
  }, [items]);
  const decidedHere = (id: string): void => {
    // The list without it may have come before the answer to the decision.
    if (before.current.includes(id)) own.current.add(id);
    else setLeft((others) => others.filter((other) => other !== id));
  };
  return { left, decidedHere };
}

/** What waits for a decision, newest first; the card with the focus has the keys. */
export function PendingRequests() {
  const pending = usePendingRequests();
  const [activeId, setActiveId] = useState<string>();
  const items = pending.data?.items ?? [];
  const { left, decidedHere } = useLeft(pending.data?.items);
  const [refusals, setRefusals] = useState<Readonly<Record<string, unknown>>>({});
  // None once the active one is decided: a key that is held or pressed twice decides no other.
  const activeIndex = items.findIndex(({ id }) => id === activeId);
  const go = (step: 1 | -1): void => {
    const next = items[activeIndex === -1 ? 0 : Math.min(Math.max(activeIndex + step, 0), items.length - 1)];
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
  // A list that was loaded stays where the next answer fails: a reason may be half typed.
  if (pending.data === undefined) return <ProblemAlert error={pending.error} />;
  const decidedMeanwhile = left.map((id) => <DecidedMeanwhile key={id} permissionId={id} refusal={refusals[id]} />);
  if (items.length === 0)
    return (
      <Stack gap="lg">
        {decidedMeanwhile}
        <EmptyState title="Nothing waits for you">
          When an app asks for your data, it stands here, together with the very events that it would get. To connect an
          app, <TextLink to="/apps">make a place for it</TextLink>.
        </EmptyState>
      </Stack>
    );
  const count = pending.data.count ?? items.length;
  return (
    <Stack gap="lg">
      <ProblemAlert error={pending.error} />
      {decidedMeanwhile}
      <Text c="dimmed" role="status">
        {countText(count, 'request waits', 'requests wait')} for your decision
        {count > items.length ? `; these are the newest ${items.length}` : ''}.
      </Text>
      {items.map((permission, index) => (
        <RequestCard
          key={permission.id}
          permission={permission}
          active={index === activeIndex}
          onActive={() => setActiveId(permission.id)}
          onDecided={() => decidedHere(permission.id)}
          onRefused={(error) => setRefusals((others) => ({ ...others, [permission.id]: error }))}
        />
      ))}
    </Stack>
  );
}
