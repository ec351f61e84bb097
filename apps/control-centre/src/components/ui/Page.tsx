import { useEffect, useRef, type ReactNode } from 'react';
import { Group, Stack, Title } from './mantine.ts';
import { usePageTitle } from './title.ts';

interface Properties {
  readonly title: string;
  /** Beside the title: the page's main acts. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page with its heading, which gets the focus when the page opens, so that a screen reader says where one is. */
export function Page({ title, actions, children }: Properties) {
  usePageTitle(title);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center">
        <Title order={1} size="h2" ref={heading} tabIndex={-1} style={{ outline: 'none', overflowWrap: 'anywhere' }}>
          <bdi>{title}</bdi>
        </Title>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
