import { useState } from 'react';
import type { IndexList } from '../../../api/operations.ts';
import { Paper, Radio, Stack, Text } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useChangePolicy } from '../queries.ts';

type Mode = IndexList['policy']['mode'];

const modes: readonly { readonly mode: Mode; readonly label: string; readonly description: string }[] = [
  { mode: 'auto', label: 'By itself', description: 'The keep makes indexes and takes them back, and says why.' },
  { mode: 'suggest', label: 'Ask me', description: 'It suggests; nothing is made before you approve.' },
  { mode: 'off', label: 'Off', description: 'Nothing is counted, suggested or made. What is there stays.' },
];

export function PolicyForm({ list }: { readonly list: IndexList }) {
  const change = useChangePolicy();
  // A mutation is pending a tick after the click, at which React would set the radio back.
  const [chosen, setChosen] = useState<Mode>();
  const { policy, effectiveMode, note } = list;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Radio.Group
          label="How far it may go"
          value={chosen ?? policy.mode}
          onChange={(value) => {
            const mode = value as Mode;
            setChosen(mode);
            change.mutate(
              { mode },
              {
                onSuccess: () => notifyDone('That is the policy from now on.'),
                onSettled: () => setChosen(undefined),
              },
            );
          }}
        >
          <Stack gap="xs" mt="xs">
            {modes.map(({ mode, label, description }) => (
              <Radio key={mode} value={mode} label={label} description={description} />
            ))}
          </Stack>
        </Radio.Group>
        <Text size="sm" c="dimmed">
          They may take up to {Math.round(policy.spaceBudget * 100)} % of the data's size.{' '}
          {effectiveMode !== policy.mode && `In force is “${effectiveMode}”.`} {note}
        </Text>
        <ProblemAlert error={change.error} />
      </Stack>
    </Paper>
  );
}
