import { Group, Progress, SimpleGrid, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { bytesText } from '../../../components/ui/numbers.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useAppLimits } from '../queries.ts';

const names = {
  profiles: 'Profiles',
  profileBytes: 'Size of their schemas',
  pendingPermissions: 'Requests that wait for you',
  permissions: 'Requests in all',
  tokens: 'Live tokens',
  viewInstances: 'View instances',
  queuedRuns: 'Runs under way',
} as const;

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
        value={Math.min(used / limit, 1) * 100}
        color={used / limit >= nearly ? 'orange.9' : 'teal.8'}
        aria-label={`${label}: ${text}`}
      />
    </Stack>
  );
}

/** What the app has of what it may have. */
export function UsedLimits({ appId }: { readonly appId: string }) {
  const limits = useAppLimits(appId);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Its limits
      </Title>
      {limits.isPending && <Skeleton height={80} aria-label="Counting what it has" />}
      <ProblemAlert error={limits.error} />
      {limits.data !== undefined && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="xs">
          {Object.entries(names).map(([name, label]) => {
            const { used, limit } = limits.data[name as keyof typeof names];
            const shown = (value: number): string => (name === 'profileBytes' ? bytesText(value) : `${value}`);
            return (
              <Bar key={name} label={label} used={used} limit={limit} text={`${shown(used)} of ${shown(limit)}`} />
            );
          })}
        </SimpleGrid>
      )}
    </Stack>
  );
}
