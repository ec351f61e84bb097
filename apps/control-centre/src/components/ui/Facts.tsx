import type { ReactNode } from 'react';
import { Stack, Text } from './mantine.ts';
import './facts.css';

/** Names and values, as a description list. Undefined values are left out. */
export function Facts({ facts }: { readonly facts: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className="facts">
      {Object.entries(facts).map(([name, value]) =>
        value === undefined ? null : (
          <Stack key={name} gap={0}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0}>
              {value}
            </Text>
          </Stack>
        ),
      )}
    </dl>
  );
}
