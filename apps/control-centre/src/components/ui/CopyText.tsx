import { useEffect, useRef } from 'react';
import { Button, Code, Group, useClipboard } from './mantine.ts';

/** A text to copy: shown whole, copied with one button. */
export function CopyText({
  label,
  text,
  block = false,
}: {
  readonly label: string;
  readonly text: string;
  readonly block?: boolean;
}) {
  const { copy, copied, error } = useClipboard();
  const shown = useRef<HTMLElement>(null);
  // Over plain HTTP a browser gives a page no clipboard, except on localhost: the text is selected instead.
  useEffect(() => {
    if (error && shown.current) getSelection()?.selectAllChildren(shown.current);
  }, [error]);
  return (
    <Group gap="xs" wrap={block ? 'wrap' : 'nowrap'} align="flex-start">
      <Code
        ref={shown}
        block={block}
        // What scrolls has to be reached by the keyboard.
        {...(block ? { tabIndex: 0, role: 'group', 'aria-label': label } : {})}
        style={{ overflowWrap: 'anywhere', flexGrow: 1 }}
      >
        {text}
      </Code>
      <Button
        variant="default"
        size="compact-sm"
        style={{ flexShrink: 0 }}
        onClick={() => copy(text)}
        aria-label={`Copy ${label}`}
      >
        {copied ? 'Copied' : error ? 'Selected: press Ctrl C' : 'Copy'}
      </Button>
    </Group>
  );
}
