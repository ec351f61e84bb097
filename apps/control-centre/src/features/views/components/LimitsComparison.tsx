import { List, Text } from '../../../components/ui/mantine.ts';
import { limitFields, type Limits } from '../limits.ts';

const textOf = (limit: number | undefined): string => limit?.toLocaleString() ?? 'as the keep has it';

/** The limits of a run in which two versions differ. */
export function LimitsComparison({ before = {}, after = {} }: { readonly before?: Limits; readonly after?: Limits }) {
  const changed = limitFields.filter(({ name }) => before[name] !== after[name]);
  if (changed.length === 0) return <Text c="dimmed">The limits of a run are the same.</Text>;
  return (
    <List>
      {changed.map(({ name, label }) => (
        <List.Item key={name}>
          {label}: {textOf(before[name])} → <strong>{textOf(after[name])}</strong>
        </List.Item>
      ))}
    </List>
  );
}
