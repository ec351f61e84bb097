import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useSyncExternalStore } from 'react';
import { followNotifications, liveState } from '../../api/notifications.ts';
import {
  ActionIcon,
  AppShell,
  Badge,
  Box,
  Burger,
  Button,
  Group,
  NavLink,
  Text,
  Tooltip,
  useDisclosure,
  useMantineColorScheme,
} from '../ui/mantine.ts';

export interface NavigationEntry {
  readonly to: string;
  readonly label: string;
}

interface Properties {
  readonly entries: readonly NavigationEntry[];
  /** How many things wait, by the entry's path. */
  readonly badges: Readonly<Record<string, number>>;
  readonly onOpenPalette: () => void;
  readonly onSignOut: () => void;
  readonly signingOut: boolean;
}

const schemes = { auto: ['◐', 'System theme'], light: ['☀', 'Light theme'], dark: ['☾', 'Dark theme'] } as const;
const nextScheme = { auto: 'light', light: 'dark', dark: 'auto' } as const;

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [sign, label] = schemes[colorScheme];
  return (
    <Tooltip label={`${label}: change`}>
      <ActionIcon
        variant="default"
        size={32}
        aria-label={`${label}: change`}
        onClick={() => setColorScheme(nextScheme[colorScheme])}
      >
        <span aria-hidden>{sign}</span>
      </ActionIcon>
    </Tooltip>
  );
}

function LiveMark() {
  const state = useSyncExternalStore(liveState.subscribe, liveState.get);
  return (
    <Text size="xs" c={state === 'away' ? 'var(--mantine-color-error)' : 'dimmed'} role="status">
      <span aria-hidden>{state === 'live' ? '●' : '○'}</span>{' '}
      <Box component="span" visibleFrom={state === 'away' ? 'base' : 'sm'}>
        {state === 'live' ? 'live' : state === 'away' ? 'not connected' : 'connecting'}
      </Box>
    </Text>
  );
}

/** The frame of every page that needs the admin. */
export function Shell({ entries, badges, onOpenPalette, onSignOut, signingOut }: Properties) {
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => followNotifications(), []);
  useEffect(close, [path, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the menu' : 'Open the menu'}
              aria-expanded={opened}
            />
            <Text component={Link} to="/" fw={700} td="none" c="inherit">
              Datakeep
            </Text>
            <LiveMark />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button variant="default" size="compact-sm" h={32} onClick={onOpenPalette} visibleFrom="xs">
              Go to…{' '}
              <Text component="span" size="xs" c="dimmed" ml="xs">
                Ctrl K
              </Text>
            </Button>
            <SchemeButton />
            <Button variant="subtle" size="compact-sm" onClick={onSignOut} loading={signingOut}>
              Sign out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages" style={{ overflowY: 'auto' }}>
        <Button
          variant="default"
          mb="xs"
          hiddenFrom="xs"
          style={{ flexShrink: 0 }}
          onClick={() => {
            close();
            onOpenPalette();
          }}
        >
          Go to…
        </Button>
        {entries.map(({ to, label }) => {
          const badge = badges[to];
          const active = to === '/' ? path === '/' : path.startsWith(to);
          return (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              active={active}
              variant="light"
              {...(active ? { 'aria-current': 'page' as const } : {})}
              rightSection={
                badge ? (
                  <Badge size="sm" color="#c2410c" aria-label={`${badge} waiting`}>
                    {badge}
                  </Badge>
                ) : undefined
              }
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="main">
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
