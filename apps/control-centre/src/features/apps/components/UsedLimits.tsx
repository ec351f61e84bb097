import type { App } from '../../../api/operations.ts';
import {
  Button,
  Group,
  Modal,
  Progress,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
  useDisclosure,
} from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { limitLabels, limitNames, limitText } from '../limits.ts';
import { useAppLimits } from '../queries.ts';
import { OwnLimits } from './OwnLimits.tsx';

/** From this share on a limit is nearly reached. */
const nearly = 0.8;

function Bar({ label, used, limit, text }: { label: string; used: number; limit: number; text: string }) {
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{label}</Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </Group>
      <Progress
        // In tenths: `aria-valuenow` takes no exponent.
        value={Math.round(Math.min(used / limit, 1) * 1000) / 10}
        color={used / limit >= nearly ? 'orange.9' : 'teal.8'}
        aria-label={`${label}: ${text}`}
      />
    </Stack>
  );
}

/** What the app has of what it may have. */
export function UsedLimits({ app }: { readonly app: App }) {
  const limits = useAppLimits(app.id);
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Its limits
        </Title>
        <Button variant="default" size="xs" onClick={open}>
          Change its limits
        </Button>
      </Group>
      {limits.isPending && <Skeleton height={80} aria-label="Counting what it has" />}
      <ProblemAlert error={limits.error} />
      {limits.data !== undefined && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="xs">
          {limitNames.map((name) => {
            const found = limits.data[name];
            if (found === undefined) return null;
            const { used, limit } = found;
            const own = app.limits?.[name] === undefined ? '' : ', your number';
            const text = `${limitText(name, used)} of ${limitText(name, limit)}${own}`;
            return <Bar key={name} label={limitLabels[name]} used={used} limit={limit} text={text} />;
          })}
        </SimpleGrid>
      )}
      <Modal
        opened={isOpen}
        onClose={close}
        title="Change its limits"
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <OwnLimits app={app} onClose={close} />
      </Modal>
    </Stack>
  );
}
