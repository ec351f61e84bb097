import { useState } from 'react';
import type { App } from '../../../api/operations.ts';
import { placeOf } from '../../../api/problem.ts';
import { Button, Group, NumberInput, SimpleGrid, Stack, Text } from '../../../components/ui/mantine.ts';
import { numberMarks } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { limitLabels, type LimitName, limitNames, limitOf, typedOf, unitOf } from '../limits.ts';
import { useSetAppLimits } from '../queries.ts';

/** The owner's own numbers for one app. */
export function OwnLimits({ app, onClose }: { readonly app: App; readonly onClose: () => void }) {
  const own = app.limits ?? {};
  // Text while it is no number yet, such as "1.".
  const [typed, setTyped] = useState<Partial<Record<LimitName, number | string>>>(
    Object.fromEntries(
      limitNames.flatMap((name) => (own[name] === undefined ? [] : [[name, typedOf(name, own[name])]])),
    ),
  );
  const set = useSetAppLimits(app.id);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const limits = Object.entries(typed).map(([name, value]) => [name, limitOf(name as LimitName, Number(value))]);
        set.mutate(Object.fromEntries(limits), { onSuccess: onClose });
      }}
    >
      <Stack>
        <Text size="sm">
          What is left empty is as the keep is configured. A number below what the app has takes nothing away: it
          refuses more.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {limitNames.map((name) => (
            <NumberInput
              key={name}
              label={limitLabels[name]}
              placeholder="as configured"
              min={0}
              suffix={unitOf(name)}
              {...numberMarks}
              hideControls
              value={typed[name] ?? ''}
              error={placeOf(set.error, `/${name}`)}
              onChange={(value) => {
                const { [name]: _former, ...others } = typed;
                setTyped(value === '' ? others : { ...others, [name]: value });
              }}
            />
          ))}
        </SimpleGrid>
        <ProblemAlert error={set.error} placed={limitNames.map((name) => `/${name}`)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending}>
            Set them
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
