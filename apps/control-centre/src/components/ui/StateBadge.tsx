import { Badge } from './mantine.ts';

type Tone = 'good' | 'bad' | 'waiting' | 'active' | 'quiet';

const tones: Readonly<Record<Tone, { readonly color: string; readonly shape: string }>> = {
  good: { color: 'teal.9', shape: '✓' },
  bad: { color: 'red.9', shape: '✕' },
  // The contrast of white on Mantine's darkest orange is 4.3:1 (WCAG 1.4.3 asks for 4.5:1).
  waiting: { color: '#c2410c', shape: '●' },
  active: { color: 'indigo.8', shape: '▶' },
  quiet: { color: 'gray.7', shape: '–' },
};

const toneOf: Readonly<Record<string, Tone>> = {
  pending: 'waiting',
  approved: 'good',
  denied: 'quiet',
  revoked: 'bad',
  expired: 'quiet',
  queued: 'waiting',
  running: 'active',
  succeeded: 'good',
  failed: 'bad',
  'timed-out': 'bad',
  cancelled: 'quiet',
};

/** A state as a word and a shape besides a colour (WCAG 1.4.1). `tone` is for states that the table does not have. */
export function StateBadge({ state, tone }: { readonly state: string; readonly tone?: Tone }) {
  const { color, shape } = tones[tone ?? toneOf[state] ?? 'quiet'];
  return (
    <Badge
      color={color}
      variant="filled"
      radius="sm"
      tt="none"
      miw="max-content"
      leftSection={<span aria-hidden>{shape}</span>}
    >
      {state}
    </Badge>
  );
}
