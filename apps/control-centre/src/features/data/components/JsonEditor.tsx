import { useMemo } from 'react';
import { ProblemError } from '../../../api/problem.ts';
import { CodeEditor } from '../../../components/code/code.tsx';
import { jsonFault, lineOfPointer } from '../../../components/code/json-places.ts';
import { List, Stack, Text } from '../../../components/ui/mantine.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';

interface Properties {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** The keep's refusal of what was sent, whose places below `prefix` are shown at their lines. */
  readonly error: unknown;
  /** Where in the body this text stood: `/payload`. */
  readonly prefix: string;
  readonly minHeight?: number;
  readonly maxHeight?: number;
}

/** JSON to be edited, with its faults at their lines: those that the browser sees while one types, and the keep's. */
export function JsonEditor({ label, text, onChange, error, prefix, minHeight = 200, maxHeight = 480 }: Properties) {
  const faults = useMemo(() => faultsOf(text, error, prefix), [text, error, prefix]);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500} aria-hidden>
        {label}
      </Text>
      <CodeEditor
        label={label}
        language="json"
        value={text}
        onChange={onChange}
        marks={faults}
        minHeight={minHeight}
        maxHeight={maxHeight}
      />
      <div role="status">
        {faults.length > 0 && (
          <List size="sm" c="var(--mantine-color-error)">
            {faults.map(({ line, message }) => (
              <List.Item key={`${line} ${message}`}>
                Line {line}: <Untrusted text={message} max={300} />
              </List.Item>
            ))}
          </List>
        )}
      </div>
    </Stack>
  );
}

export function faultsOf(
  text: string,
  error: unknown,
  prefix: string,
): readonly { readonly line: number; readonly message: string }[] {
  const fault = jsonFault(text);
  if (fault) return [fault];
  if (!(error instanceof ProblemError)) return [];
  return (error.problem.errors ?? [])
    .filter(({ pointer }) => pointer === prefix || pointer.startsWith(`${prefix}/`))
    .map(({ pointer, detail }) => {
      const below = pointer.slice(prefix.length);
      return { line: lineOfPointer(text, below), message: below === '' ? detail : `${below} ${detail}` };
    });
}
