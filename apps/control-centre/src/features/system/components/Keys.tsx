import { useState } from 'react';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Facts } from '../../../components/ui/Facts.tsx';
import { Button, Code, Group, Paper, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { dayOf, When } from '../../../components/ui/When.tsx';
import { useKeys, useRotateKey } from '../queries.ts';

/** The key that signs tokens, and a new one in its place. */
export function Keys() {
  const [isAsking, setAsking] = useState(false);
  const keys = useKeys();
  const rotate = useRotateKey();
  const current = keys.data?.current;
  const since = (key: { readonly createdAt?: string }) =>
    key.createdAt === undefined ? 'not known' : <When at={key.createdAt} />;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Signing key
        </Title>
        <ProblemAlert error={keys.error} />
        {keys.isPending && <Skeleton height={40} aria-label="Reading the keys" />}
        {keys.data !== undefined && current !== undefined && (
          <>
            <Facts
              facts={{
                Present: <Code>{current.kid}</Code>,
                'Signs since': since(current),
                Former: keys.data.previous ? <Code>{keys.data.previous.kid}</Code> : 'none',
              }}
            />
            {keys.data.source === 'configuration' ? (
              <Text size="sm">It is given by SIGNING_KEY: change that variable to rotate it.</Text>
            ) : (
              <Group>
                <Button variant="default" onClick={() => setAsking(true)}>
                  Make a new key
                </Button>
              </Group>
            )}
            <ConfirmDialog
              opened={isAsking}
              title="Make a new signing key"
              action="Make it"
              pending={rotate.isPending}
              error={rotate.error}
              onClose={() => setAsking(false)}
              onConfirm={() =>
                rotate.mutate(current.kid, {
                  onSuccess: () => {
                    setAsking(false);
                    notifyDone('The new key signs from now on.');
                  },
                })
              }
            >
              <Stack gap="xs">
                <Text>Tokens and sessions of the present key go on until they end or are renewed.</Text>
                <Text>
                  {keys.data.previous?.createdAt === undefined
                    ? 'Nothing becomes void by this. A second new key, later, voids every token that is there now.'
                    : `Tokens that were made before ${dayOf(current.createdAt ?? '')} become void: ` +
                      'apps that have not renewed theirs since need a new association token.'}
                </Text>
                <Text>After a break-in make two, one after the other: that voids every token and session.</Text>
              </Stack>
            </ConfirmDialog>
          </>
        )}
      </Stack>
    </Paper>
  );
}
