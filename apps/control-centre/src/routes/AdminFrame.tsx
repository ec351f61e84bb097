import { useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useEffect, useState } from 'react';
import { call } from '../api/client.ts';
import { watchIdleness } from '../api/idle.ts';
import { lazily } from '../api/load-code.ts';
import type { ListPermissionsData, PermissionList } from '../api/operations.ts';
import { Shell } from '../components/layout/Shell.tsx';
import { setTitleBadge } from '../components/ui/title.ts';
import { useHotkeys } from '../components/ui/mantine.ts';
import { ConfirmationDialog } from '../features/sign-in/components/ConfirmationDialog.tsx';
import { ExpiredDialog } from '../features/sign-in/components/ExpiredDialog.tsx';
import { useSignOut } from '../features/sign-in/queries.ts';

const Palette = lazily(async () => (await import('../components/layout/Palette.tsx')).default);
const KeysHelp = lazily(async () => (await import('../components/layout/KeysHelp.tsx')).default);

const entries = [
  { to: '/', label: 'Overview' },
  { to: '/requests', label: 'Requests' },
  { to: '/apps', label: 'Apps' },
  { to: '/data', label: 'Data' },
  { to: '/import', label: 'Import' },
  { to: '/views', label: 'Views' },
  { to: '/runs', label: 'Runs' },
  { to: '/indexes', label: 'Indexes' },
  { to: '/audit', label: 'Audit' },
  { to: '/system', label: 'System' },
  { to: '/account', label: 'Account' },
];
const pages = entries.map(({ to, label }) => ({ kind: 'page', label, href: to }));

/** How many requests wait, for the badge and the title. */
function useWaiting(): number {
  const waiting = useQuery({
    queryKey: ['permissions', 'waiting'],
    queryFn: ({ signal }) =>
      call<ListPermissionsData, PermissionList>('GET', '/admin/v1/permissions', {
        query: { status: 'pending', limit: 1, count: true },
        signal,
      }),
    // A hidden tab follows no notifications, and its title is what is seen of it.
    refetchInterval: 60_000,
    refetchIntervalInBackground: true,
  });
  return waiting.data?.count ?? 0;
}

/** The frame of every page that needs the admin, with what is there on all of them. */
export function AdminFrame() {
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'palette' | 'keys' | undefined>();
  const waiting = useWaiting();
  const signOut = useSignOut();
  useEffect(() => watchIdleness(), []);
  useEffect(() => {
    setTitleBadge(waiting);
    return () => setTitleBadge(0);
  }, [waiting]);
  // In fields as well: it types nothing there.
  useHotkeys([['mod+K', () => setDialog('palette')]], []);
  useHotkeys([['shift+?', () => setDialog('keys')]]);
  return (
    <>
      <Shell
        entries={entries}
        badges={{ '/requests': waiting }}
        onOpenPalette={() => setDialog('palette')}
        signingOut={signOut.isPending}
        onSignOut={() => signOut.mutate(undefined, { onSettled: () => void navigate({ to: '/sign-in' }) })}
      />
      <Suspense>
        {dialog === 'palette' && <Palette pages={pages} onClose={() => setDialog(undefined)} />}
        {dialog === 'keys' && <KeysHelp onClose={() => setDialog(undefined)} />}
      </Suspense>
      <ConfirmationDialog />
      <ExpiredDialog />
    </>
  );
}
