import { type MouseEvent, type Ref, useId, useImperativeHandle, useRef, useState } from 'react';
import { keepNow } from '../../../api/clock.ts';
import { placeOf } from '../../../api/problem.ts';
import type { Permission } from '../../../api/operations.ts';
import { type Right, rightLabels, rightsInOrder } from '../../../components/names/rights.ts';
import { Button, Checkbox, Group, Select, Stack, Text, Textarea, TextInput } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useDecide } from '../queries.ts';
import { useSteady } from '../use-steady.ts';
import { rightMeanings, rightsAsNouns } from '../words.ts';

const hour = 3_600_000;
const ends = [
  { value: 'none', label: 'Until I revoke it' },
  { value: String(24 * hour), label: 'For 24 hours' },
  { value: String(30 * 24 * hour), label: 'For 30 days' },
  { value: String(180 * 24 * hour), label: 'For 180 days' },
  { value: 'date', label: 'Until a date …' },
];

/** What the keys `a` and `d` do on the card that has the focus. */
export interface DecisionKeys {
  approve(): void;
  deny(): void;
}

interface Properties {
  readonly permission: Permission;
  readonly keys?: Ref<DecisionKeys>;
  readonly onDecided?: () => void;
  readonly onRefused?: (error: unknown) => void;
}

/** Rights to untick, an end, approve; or deny with a reason. */
export function DecisionForm({ permission, keys, onDecided, onRefused }: Properties) {
  const [granted, setGranted] = useState<readonly Right[]>(permission.requested);
  const [end, setEnd] = useState('none');
  const [date, setDate] = useState('');
  const [reason, setReason] = useState('');
  const decide = useDecide(permission.id, {
    onDone: ({ step }) => {
      notifyDone(step === 'approve' ? `Approved: ${rightsAsNouns(granted)}.` : 'Denied. Nothing was shared.');
      onDecided?.();
    },
    ...(onRefused ? { onRefused } : {}),
  });
  const reasonInput = useRef<HTMLTextAreaElement>(null);
  const rightsLabel = useId();
  const form = useRef<HTMLFormElement>(null);
  const { isSteady, wasSteady } = useSteady(form);
  // No `disabled`: that would take the focus. The keyboard stays on its button, wherever that moves.
  const steady = isSteady ? {} : { 'aria-disabled': true, 'data-disabled': true };
  const isForThis = ({ detail }: MouseEvent): boolean => detail === 0 || wasSteady();

  const lastMoment = new Date(`${date}T23:59:59`);
  const isComplete = granted.length > 0 && (end !== 'date' || !Number.isNaN(lastMoment.getTime()));
  const approve = (): void => {
    if (decide.isPending || !isComplete) return;
    const expiresAt = end === 'none' ? undefined : end === 'date' ? lastMoment : new Date(keepNow() + Number(end));
    decide.mutate({
      step: 'approve',
      rights: rightsInOrder.filter((right) => granted.includes(right)),
      ...(expiresAt ? { expiresAt: expiresAt.toISOString() } : {}),
    });
  };
  const deny = (): void => decide.mutate({ step: 'deny', ...(reason.trim() === '' ? {} : { reason: reason.trim() }) });
  useImperativeHandle(keys, () => ({ approve, deny: () => reasonInput.current?.focus() }));

  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        approve();
      }}
    >
      <Stack gap="sm">
        <Stack gap="xs" role="group" aria-labelledby={rightsLabel}>
          <Text id={rightsLabel} fw={600}>
            You may give less than was asked
          </Text>
          {permission.requested.map((right) => (
            <Checkbox
              key={right}
              label={
                <>
                  <strong>{rightLabels[right]}</strong> {rightMeanings[right]}
                </>
              }
              checked={granted.includes(right)}
              onChange={({ currentTarget: { checked } }) =>
                setGranted((before) => (checked ? [...before, right] : before.filter((other) => other !== right)))
              }
            />
          ))}
        </Stack>
        <Group align="flex-end">
          <Select
            label="For how long"
            data={ends}
            value={end}
            allowDeselect={false}
            onChange={(value) => setEnd(value ?? 'none')}
          />
          {end === 'date' && (
            <TextInput
              type="date"
              label="Last day"
              required
              value={date}
              error={placeOf(decide.error, '/expiresAt')}
              onChange={(event) => setDate(event.currentTarget.value)}
            />
          )}
        </Group>
        <ProblemAlert error={decide.error} />
        <Group align="flex-end" justify="space-between">
          <Button
            type="submit"
            {...steady}
            onClick={(event) => {
              if (!isForThis(event)) event.preventDefault();
            }}
            disabled={!isComplete}
            loading={decide.isPending && decide.variables?.step === 'approve'}
          >
            {granted.length === 0 ? 'Choose a right' : `Approve ${rightsAsNouns(granted)}`}
          </Button>
        </Group>
        {permission.status === 'pending' && (
          <Group align="flex-end" wrap="wrap">
            <Textarea
              ref={reasonInput}
              label="Reason for denying (the app sees it)"
              autosize
              minRows={1}
              maxRows={4}
              maxLength={1000}
              flex="1 1 16rem"
              value={reason}
              error={placeOf(decide.error, '/reason')}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Button
              variant="default"
              {...steady}
              onClick={(event) => {
                if (isForThis(event)) deny();
              }}
              loading={decide.isPending && decide.variables?.step === 'deny'}
            >
              Deny
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
