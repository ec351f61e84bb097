import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { type Right, rightLabels } from '../../../components/names/rights.ts';
import { List, Text } from '../../../components/ui/mantine.ts';
import type { Needed } from '../draft.ts';

interface Need {
  readonly right: Right;
  readonly profile: string;
}

const flat = (needed: readonly Needed[]): readonly Need[] =>
  needed.flatMap(({ profile, rights }) => rights.map((right) => ({ right, profile })));

const without = (some: readonly Need[], others: readonly Need[]): readonly Need[] =>
  some.filter((one) => !others.some(({ right, profile }) => right === one.right && profile === one.profile));

function NeedText({ need: { right, profile } }: { readonly need: Need }) {
  return (
    <>
      {rightLabels[right].toLowerCase()} <ProfileName name={profile} both quoted />
    </>
  );
}

/** The rights that a version needs and the other does not. */
export function NeedsComparison({
  before,
  after,
}: {
  readonly before: readonly Needed[];
  readonly after: readonly Needed[];
}) {
  const [left, right] = [flat(before), flat(after)];
  const gone = without(left, right);
  const come = without(right, left);
  if (gone.length === 0 && come.length === 0) return <Text c="dimmed">It needs the same rights.</Text>;
  return (
    <List>
      {come.map((need) => (
        <List.Item key={`${need.right} ${need.profile}`}>
          <strong>New:</strong> <NeedText need={need} />
        </List.Item>
      ))}
      {gone.map((need) => (
        <List.Item key={`${need.right} ${need.profile}`}>
          No longer: <NeedText need={need} />
        </List.Item>
      ))}
    </List>
  );
}
