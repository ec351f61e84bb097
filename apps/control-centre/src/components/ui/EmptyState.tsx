import type { ReactNode } from 'react';
import { Paper, Stack, Text, Title } from './mantine.ts';

/** Nothing here yet: what would be here, and what to do next. */
export function EmptyState({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="xl">
      <Stack gap="xs" maw={560}>
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text component="div" c="dimmed">
          {children}
        </Text>
      </Stack>
    </Paper>
  );
}
