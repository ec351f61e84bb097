import { useEffect, useRef } from 'react';
import { TextLink } from '../../../components/ui/links.tsx';
import { AppName } from '../../../components/names/AppName.tsx';
import { Button, Card, Group, List, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Quoted } from '../../../components/ui/Untrusted.tsx';
import { importFlow, type Work } from '../flow.ts';
import { profilesText, profileTitle } from '../titles.ts';
import { useAsked, useDecide } from '../queries.ts';
import type { Asked } from '../worker/calls.ts';

interface Properties {
  readonly work: Work;
  readonly asked: readonly Asked[];
}

/** The requests of the app that imports, to be granted or denied here, or on the page of requests. */
export function AskPanel({ work, asked }: Properties) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { data: permissions = [] } = useAsked(asked);
  const isGranted = permissions.length > 0 && permissions.every(({ status }) => status === 'approved');
  const isDenied = permissions.some(({ status }) => status === 'denied');
  const decide = useDecide();
  useEffect(() => {
    if (decide.isPending) return;
    if (isDenied) importFlow.denied(work);
    else if (isGranted) void importFlow.proceed(work);
  }, [isGranted, isDenied, decide.isPending]);
  const first = permissions[0];
  const profiles = asked.map(({ profile }) => profile);
  const isUndo = work.kind === 'undo';
  return (
    <Card withBorder p="lg" maw={720}>
      <Stack gap="md">
        <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
          The importer asks for your permission
        </Title>
        <Text component="div">
          {first === undefined ? '…' : <AppName id={first.appId} strong />} asks to{' '}
          {isUndo ? 'delete any event, also those of other apps, of:' : 'add events of its own to:'}
          <List mt="xs">
            {profiles.map((profile) => (
              <List.Item key={profile}>
                <strong>{profileTitle(profile)}</strong>{' '}
                <Text component="span" size="sm" c="dimmed">
                  ({profile})
                </Text>
              </List.Item>
            ))}
          </List>
        </Text>
        {first !== undefined && (
          <Text size="sm">
            In the app's own words: <Quoted text={first.message} max={200} />
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {isUndo
            ? 'It deletes what this import added, and leaves what was changed since. '
            : 'It does not ask to read. '}
          What you allow stays allowed while this tab is open; after that it has to ask again. It waits until you
          decide, here or under{' '}
          <TextLink to="/requests" inherit underline="always">
            Requests
          </TextLink>
          ; closing the tab denies it.
        </Text>
        <ProblemAlert error={decide.error} />
        <Group>
          <Button loading={decide.isPending} onClick={() => decide.mutate(true)}>
            {isUndo ? 'Allow deleting' : 'Allow adding'} {profilesText(profiles)}
          </Button>
          <Button variant="default" disabled={decide.isPending} onClick={() => decide.mutate(false)}>
            Deny
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
