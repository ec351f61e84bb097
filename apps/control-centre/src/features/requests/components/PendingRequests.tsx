import { useEffect, useRef, useState } from 'react';
import type { Permission } from '../../../api/operations.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Skeleton, Stack, Text, useHotkeys } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
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

/** Each card asks every few seconds for the events that it would share. */
const mostCards = 20;

/**
 * What waits, the newest first, where the apps take turns: many requests of one hide none of another. What comes while
 * they are read stands below, and moves none of them.
 */
function useKeptOrder(items: readonly Permission[]): readonly Permission[] {
  const places = useRef(new Map<string, number>()).current;
  const turns = new Map<string, number>();
  const added = items
    .filter(({ id }) => !places.has(id))
    .map(({ id, appId }) => {
      const turn = (turns.get(appId) ?? 0) + 1;
      turns.set(appId, turn);
      return { id, turn };
    });
  for (const { id } of added.toSorted((one, other) => one.turn - other.turn)) places.set(id, places.size);
  return items.toSorted((one, other) => places.get(one.id)! - places.get(other.id)!);
}

/** An app with more requests than this is pointed out. */
const many = 5;

function ManyRequests({ items }: { readonly items: readonly Permission[] }) {
  return [...Map.groupBy(items, ({ appId }) => appId)]
    .filter(([, asked]) => asked.length > many)
    .map(([appId, asked]) => (
      <Notice key={appId} title={`One app asks ${asked.length} times`}>
        <Text size="sm">
          <AppName id={appId} strong /> gets nothing that you do not approve. If it asks for too much, remove it on its
          page: its requests go with it.
        </Text>
      </Notice>
    ));
}

/** What waits for a decision; the card with the focus has the keys. */
export function PendingRequests() {
  const pending = usePendingRequests();
  const [activeId, setActiveId] = useState<string>();
  const waiting = useKeptOrder(pending.data?.items ?? []);
  const items = waiting.slice(0, mostCards);
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
  const { count } = pending.data;
  return (
    <Stack gap="lg">
      <ProblemAlert error={pending.error} />
      {decidedMeanwhile}
      <Text c="dimmed" role="status">
        {countText(count, 'request waits', 'requests wait')} for your decision
        {count > items.length ? `. ${items.length} stand here; the others follow as you decide` : ''}
        {count > waiting.length ? ', and stand on the page of each app' : ''}.
      </Text>
      <ManyRequests items={waiting} />
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
