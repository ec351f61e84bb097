import type { ReactNode } from 'react';
import { Alert } from './mantine.ts';

interface Properties {
  readonly title: string;
  readonly children: ReactNode;
}

/** Something to take note of that is no mistake: framed in orange, which as text is at 4.5:1 in one theme alone. */
export function Notice({ title, children }: Properties) {
  return (
    <Alert
      color="orange.9"
      variant="outline"
      title={title}
      role="status"
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      {children}
    </Alert>
  );
}
