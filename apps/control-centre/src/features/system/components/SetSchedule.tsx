import { useState } from 'react';
import { placeOf } from '../../../api/problem.ts';
import { Checkbox, Group, NumberInput, Radio, Select, TextInput } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { type Proof, ProofForm } from '../../../components/ui/ProofForm.tsx';
import { type BackupSchedule, useSetBackupSchedule } from '../queries.ts';
import {
  cronOf,
  firstSchedule,
  formOf,
  frequencies,
  keepOf,
  type RetentionForm,
  type ScheduleForm,
  weekdays,
} from '../schedule-form.ts';
import { NewPassphrase } from './NewPassphrase.tsx';

const frequencyLabels = { daily: 'Every day', weekly: 'Every week', monthly: 'Every month', cron: 'Cron' } as const;

interface FieldsProperties {
  readonly form: ScheduleForm;
  readonly timeZone: string;
  readonly error: unknown;
  readonly onChange: (change: Partial<ScheduleForm>) => void;
}

/** When. */
function Times({ form, timeZone, error, onChange }: FieldsProperties) {
  const { frequency, time, weekday, day, cron } = form;
  return (
    <>
      <Radio.Group
        label="How often"
        value={frequency}
        onChange={(value) => onChange({ frequency: value as ScheduleForm['frequency'], cron: cronOf(form) })}
      >
        <Group mt={4}>
          {frequencies.map((value) => (
            <Radio key={value} value={value} label={frequencyLabels[value]} />
          ))}
        </Group>
      </Radio.Group>
      {frequency === 'weekly' && (
        <Select
          label="Day of the week"
          allowDeselect={false}
          data={weekdays.map((label, value) => ({ value: String(value), label }))}
          value={String(weekday)}
          onChange={(value) => onChange({ weekday: Number(value) })}
        />
      )}
      {frequency === 'monthly' && (
        <NumberInput
          label="Day of the month"
          required
          min={1}
          max={28}
          allowDecimal={false}
          value={day}
          onChange={(value) => onChange({ day: Number(value) })}
        />
      )}
      {frequency === 'cron' ? (
        <TextInput
          label="Cron expression"
          description={`Minute, hour, day, month, day of the week; in the keep's time zone, ${timeZone}.`}
          required
          value={cron}
          error={placeOf(error, '/cron')}
          onChange={(event) => onChange({ cron: event.currentTarget.value })}
        />
      ) : (
        <TextInput
          type="time"
          label="Time"
          description={`In the keep's time zone, ${timeZone}.`}
          required
          value={time}
          onChange={(event) => onChange({ time: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** What stays. */
function Kept({ form: { keep }, error, onChange }: Omit<FieldsProperties, 'timeZone'>) {
  const field = (label: string, unit: keyof RetentionForm) => (
    <NumberInput
      label={label}
      min={0}
      max={1000}
      allowDecimal={false}
      w={90}
      value={keep?.[unit] ?? 0}
      onChange={(value) => keep && onChange({ keep: { ...keep, [unit]: Number(value) } })}
    />
  );
  return (
    <>
      <Checkbox
        label="Remove old backups of this machine"
        description="Once a new one was made: the newest of each of the last days, weeks and months stays."
        checked={keep !== null}
        onChange={(event) => onChange({ keep: event.currentTarget.checked ? firstSchedule.keep : null })}
        error={placeOf(error, '/keep')}
      />
      {keep !== null && (
        <Group>
          {field('Days', 'days')}
          {field('Weeks', 'weeks')}
          {field('Months', 'months')}
        </Group>
      )}
    </>
  );
}

interface Properties {
  readonly schedule: BackupSchedule;
  readonly needsCode: boolean;
  readonly onSet: () => void;
}

/** Asks for a schedule, its passphrase where that is new, and the password again. */
export function SetSchedule({ schedule: { cron, keep, timeZone }, needsCode, onSet }: Properties) {
  const [form, setForm] = useState(cron === null ? firstSchedule : formOf(cron, keep));
  const [isNew, setIsNew] = useState(cron === null);
  const [typed, setTyped] = useState({ passphrase: '', again: '' });
  const set = useSetBackupSchedule();
  const change = (part: Partial<ScheduleForm>): void => setForm({ ...form, ...part });
  const kept = keepOf(form.keep);
  const submit = ({ password, code }: Proof): void => {
    if (isNew && typed.passphrase !== typed.again) return;
    const body = {
      password,
      cron: cronOf(form),
      ...(kept === undefined ? {} : { keep: kept }),
      ...(isNew ? { passphrase: typed.passphrase } : {}),
      ...(needsCode ? { code } : {}),
    };
    set.mutate(body, {
      onSuccess: () => {
        onSet();
        notifyDone('The keep makes backups by itself.');
      },
    });
  };
  return (
    <ProofForm
      label="Your password"
      description="Once more, since a backup has everything in it."
      action="Set it"
      needsCode={needsCode}
      pending={set.isPending}
      error={set.error}
      placed={['/keep', ...(form.frequency === 'cron' ? ['/cron'] : []), ...(isNew ? ['/passphrase'] : [])]}
      onProof={submit}
    >
      <Times form={form} timeZone={timeZone} error={set.error} onChange={change} />
      <Kept form={form} error={set.error} onChange={change} />
      {cron !== null && (
        <Checkbox
          label="A new passphrase"
          description="For the backups to come; those that are there keep theirs."
          checked={isNew}
          onChange={(event) => setIsNew(event.currentTarget.checked)}
        />
      )}
      {isNew && <NewPassphrase value={typed} error={placeOf(set.error, '/passphrase')} onChange={setTyped} />}
    </ProofForm>
  );
}
