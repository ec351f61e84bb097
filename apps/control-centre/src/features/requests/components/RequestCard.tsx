import { useRef } from 'react';
import type { Permission } from '../../../api/operations.ts';
import { Alert, Card, Grid, Stack, Text, Title, useHotkeys } from '../../../components/ui/mantine.ts';
import { TextLink } from '../../../components/ui/links.tsx';
import { Quoted, Untrusted } from '../../../components/ui/Untrusted.tsx';
import { Notice } from '../../../components/ui/Notice.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useAskingView } from '../queries.ts';
import { useApp } from '../../../api/lookups.ts';
import { DecisionForm, type DecisionKeys } from './DecisionForm.tsx';
import { Sentence } from './Sentence.tsx';
import { SharedEvents } from './SharedEvents.tsx';

interface Properties {
  readonly permission: Permission;
  readonly active: boolean;
  readonly onActive: () => void;
  readonly onDecided?: () => void;
  readonly onRefused?: (error: unknown) => void;
}

/**
 * One request: the rights, in the keep's words; the app's own words as a quotation; what would be shared; the decision.
 */
export function RequestCard({ permission, active, onActive, onDecided, onRefused }: Properties) {
  const keys = useRef<DecisionKeys>(null);
  const app = useApp(permission.appId);
  const view = useAskingView(permission.viewInstanceId);
  useHotkeys(
    active
      ? [
          ['a', () => keys.current?.approve()],
          ['d', () => keys.current?.deny()],
        ]
      : [],
  );
  const calledItself = app.data?.associatedName;
  const connectedAt = app.data?.associatedAt;
  const isOfFormer = connectedAt !== undefined && Date.parse(permission.requestedAt) < Date.parse(connectedAt);
  const reads = permission.requested.includes('read');
  return (
    <Card
      component="article"
      withBorder
      padding="lg"
      data-request={permission.id}
      tabIndex={-1}
      aria-label="Request"
      style={active ? { borderColor: 'var(--mantine-primary-color-filled)' } : {}}
      onFocusCapture={onActive}
    >
      <Stack gap="md">
        <Sentence permission={permission} />
        <Text size="sm" c="dimmed">
          Asked <When at={permission.requestedAt} />.
          {calledItself !== undefined && calledItself !== app.data?.name && (
            <>
              {' '}
              The program calls itself <Quoted text={calledItself} max={60} />.
            </>
          )}{' '}
          {permission.viewInstanceId !== undefined && view.data !== undefined && (
            <TextLink to="/views/$templateId" params={{ templateId: view.data.template.id }} size="sm">
              Read the code that would run
            </TextLink>
          )}
        </Text>
        {isOfFormer && (
          <Notice title="Connected anew since">
            The app was connected anew after this was asked, so these are the words of the program before. What you
            approve, the present one gets.
          </Notice>
        )}
        {permission.message !== '' && permission.viewInstanceId === undefined && (
          <Stack gap={2} component="figure" m={0}>
            <Text component="figcaption" size="sm" c="dimmed">
              In the app's own words:
            </Text>
            <Text
              component="blockquote"
              m={0}
              pl="md"
              style={{ borderLeft: '3px solid var(--mantine-color-default-border)' }}
            >
              <Untrusted text={permission.message} max={400} lines />
            </Text>
          </Stack>
        )}
        <Grid>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Stack gap="xs">
              <Title order={3} size="h5">
                What would be shared
              </Title>
              {reads ? (
                <SharedEvents profile={permission.profile} />
              ) : (
                <Alert role="note" color="gray" variant="outline" title="No event would be shown to it">
                  It does not ask to read.
                </Alert>
              )}
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Stack gap="xs">
              <Title order={3} size="h5">
                Your decision
              </Title>
              <DecisionForm
                permission={permission}
                keys={keys}
                {...(onDecided ? { onDecided } : {})}
                {...(onRefused ? { onRefused } : {})}
              />
            </Stack>
          </Grid.Col>
        </Grid>
        {/* Its room is kept: a press on one card moves no other. */}
        <Text size="xs" c="dimmed" visibleFrom="sm" style={active ? {} : { visibility: 'hidden' }}>
          Keys: j and k for the next and the one before, a approves, d denies
        </Text>
      </Stack>
    </Card>
  );
}
