import { useState } from 'react';
import { useSecondFactor } from '../../../api/lookups.ts';
import { Button, Group, Modal, Paper, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { When } from '../../../components/ui/When.tsx';
import { useDisableSecondFactor, useRenewRecoveryCodes } from '../queries.ts';
import { EnableSecondFactor } from './EnableSecondFactor.tsx';
import { ProofForm } from '../../../components/ui/ProofForm.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';

/** Below this many recovery codes the page says so. */
const few = 3;

function Renew({ onDone }: { readonly onDone: () => void }) {
  const renew = useRenewRecoveryCodes();
  if (renew.data !== undefined) return <RecoveryCodes codes={renew.data.recoveryCodes} onDone={onDone} />;
  return (
    <Stack>
      <Text size="sm">The former recovery codes are void then.</Text>
      <ProofForm
        action="Make new codes"
        pending={renew.isPending}
        error={renew.error}
        onProof={(proof) => renew.mutate(proof)}
      />
    </Stack>
  );
}

function Disable({ onDone }: { readonly onDone: () => void }) {
  const disable = useDisableSecondFactor();
  return (
    <Stack>
      <Text size="sm">The password alone signs in then, for anyone who knows it.</Text>
      <ProofForm
        action="Turn it off"
        dangerous
        pending={disable.isPending}
        error={disable.error}
        onProof={(proof) => disable.mutate(proof, { onSuccess: onDone })}
      />
    </Stack>
  );
}

const acts = [
  {
    act: 'enable',
    title: 'Turn the second factor on',
    done: 'The second factor is on.',
    Form: EnableSecondFactor,
  },
  { act: 'renew', title: 'New recovery codes', done: 'The new recovery codes count.', Form: Renew },
  { act: 'disable', title: 'Turn the second factor off', done: 'The second factor is off.', Form: Disable },
] as const;

/** Whether sign-ins need a code of an authenticator app, and what can be done about it. */
export function SecondFactor() {
  const factor = useSecondFactor();
  const [act, setAct] = useState<(typeof acts)[number]['act']>();
  const close = (done?: string): void => {
    setAct(undefined);
    if (done !== undefined) notifyDone(done);
  };
  const { enabledAt, recoveryCodesLeft = 0 } = factor.data ?? {};
  return (
    <Paper withBorder p="lg">
      <Stack>
        <Title order={2} size="h4">
          Second factor
        </Title>
        {factor.isPending && <Skeleton height={60} aria-label="Loading the second factor" />}
        <ProblemAlert error={factor.error} />
        {enabledAt === null && (
          <>
            <Text size="sm" c="dimmed">
              Off. With a second factor, somebody who learns your password still cannot get in: a sign-in also needs six
              digits that an authenticator app on your phone shows.
            </Text>
            <Button onClick={() => setAct('enable')} style={{ alignSelf: 'flex-start' }}>
              Turn it on
            </Button>
          </>
        )}
        {typeof enabledAt === 'string' && (
          <>
            <Text size="sm" component="div">
              On since <When at={enabledAt} />. Recovery codes left: {recoveryCodesLeft}.
            </Text>
            {recoveryCodesLeft < few && (
              <Notice title="Few recovery codes are left">
                Make new ones, so that a lost phone does not keep you out.
              </Notice>
            )}
            <Group>
              <Button variant="default" onClick={() => setAct('renew')}>
                New recovery codes
              </Button>
              <Button variant="default" onClick={() => setAct('disable')}>
                Turn it off
              </Button>
            </Group>
          </>
        )}
      </Stack>
      {acts.map(({ act: name, title, done, Form }) => (
        <Modal
          key={name}
          opened={act === name}
          onClose={() => close()}
          title={title}
          // Recovery codes are shown once: no click beside them takes them away.
          closeOnClickOutside={false}
          closeButtonProps={{ 'aria-label': 'Close' }}
        >
          <Form onDone={() => close(done)} />
        </Modal>
      ))}
    </Paper>
  );
}
