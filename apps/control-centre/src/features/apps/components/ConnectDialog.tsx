import { useEffect, useRef } from 'react';
import { CopyText } from '../../../components/ui/CopyText.tsx';
import { Button, Modal, Skeleton, Stack, Tabs, Text, Title } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { QrCode } from '../../../components/ui/QrCode.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useAssociationToken } from '../queries.ts';
import { commandsFor } from '../commands.ts';

interface Properties {
  readonly appId: string;
  readonly appName: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Makes a one-time token and shows it this once: as text, as a QR code, and as commands that are ready to run. */
export function ConnectDialog({ appId, appName, opened, onClose }: Properties) {
  const make = useAssociationToken(appId);
  const asked = useRef(false);
  useEffect(() => {
    if (!opened) {
      asked.current = false;
      return;
    }
    // React's strict mode runs effects twice; a second token would void the first.
    if (asked.current) return;
    asked.current = true;
    make.mutate();
  }, [opened]);
  const token = make.data?.associationToken;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title="Connect the app"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <ProblemAlert error={make.error} />
        {make.isPending && <Skeleton height={120} aria-label="Making the token" />}
        {make.isError && <Button onClick={() => make.mutate()}>Try again</Button>}
        {token !== undefined && make.data !== undefined && (
          <>
            <Notice title="It is shown this once">
              It connects one app, once, and ends <When at={make.data.expiresAt} />. A new one voids it.
            </Notice>
            <CopyText label="the one-time token" text={token} />
            <QrCode text={token} label="The one-time token as a QR code" />
            <Title order={3} size="h5">
              What the app's developer does with it
            </Title>
            <Tabs defaultValue="curl">
              <Tabs.List>
                <Tabs.Tab value="curl">curl</Tabs.Tab>
                <Tabs.Tab value="typescript">TypeScript</Tabs.Tab>
                <Tabs.Tab value="python">Python</Tabs.Tab>
              </Tabs.List>
              {Object.entries(commandsFor(location.origin, token, appName)).map(([language, text]) => (
                <Tabs.Panel key={language} value={language} pt="sm">
                  <CopyText label={`the ${language} commands`} text={text} block />
                </Tabs.Panel>
              ))}
            </Tabs>
            <Text size="sm">
              Next, the app registers a profile of its events and asks for a permission; that request comes to you.
            </Text>
          </>
        )}
      </Stack>
    </Modal>
  );
}
