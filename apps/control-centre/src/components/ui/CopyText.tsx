import { Button, Code, CopyButton, Group } from './mantine.ts';

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
  return (
    <Group gap="xs" wrap={block ? 'wrap' : 'nowrap'} align="flex-start">
      <Code
        block={block}
        // What scrolls has to be reached by the keyboard.
        {...(block ? { tabIndex: 0, role: 'group', 'aria-label': label } : {})}
        style={{ overflowWrap: 'anywhere', flexGrow: 1 }}
      >
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" size="compact-sm" onClick={copy} aria-label={`Copy ${label}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
