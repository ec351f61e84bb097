import { List, Text } from '../../../components/ui/mantine.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import type { Needed } from '../draft.ts';

const flat = (needed: readonly Needed[]): readonly string[] =>
  needed.flatMap(({ profile, rights }) => rights.map((right) => `${right} ${profile}`));

/** The rights that a version needs and the other does not. */
export function NeedsComparison({
  before,
  after,
}: {
  readonly before: readonly Needed[];
  readonly after: readonly Needed[];
}) {
  const [left, right] = [flat(before), flat(after)];
  const gone = left.filter((one) => !right.includes(one));
  const come = right.filter((one) => !left.includes(one));
  if (gone.length === 0 && come.length === 0) return <Text c="dimmed">It needs the same rights.</Text>;
  return (
    <List>
      {come.map((one) => (
        <List.Item key={one}>
          <strong>New:</strong> <Untrusted text={one} max={100} />
        </List.Item>
      ))}
      {gone.map((one) => (
        <List.Item key={one}>
          No longer: <Untrusted text={one} max={100} />
        </List.Item>
      ))}
    </List>
  );
}
