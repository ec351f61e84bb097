import { useState, type ReactNode } from 'react';
import { useRuntimes } from '../../../api/lookups.ts';
import type { DryRun } from '../../../api/operations.ts';
import { placeOf } from '../../../api/problem.ts';
import { Grid, Select, Stack, Textarea, TextInput } from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { type Draft, startFiles } from '../draft.ts';
import { DryRunPanel } from './DryRunPanel.tsx';
import { FilesField } from './FilesField.tsx';
import { LimitsField } from './LimitsField.tsx';
import { PermissionsField } from './PermissionsField.tsx';

interface Properties {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** Name and runtime stay over a template's versions. */
  readonly correcting: boolean;
  readonly error: unknown;
  /** The acts below the form. */
  readonly children: ReactNode;
  readonly onSubmit: () => void;
}

/** A template being written, with the dry run beside the code. */
export function TemplateForm({ draft, onChange, correcting, error, children, onSubmit }: Properties) {
  const runtimes = useRuntimes();
  const [run, setRun] = useState<DryRun>();
  const [refusedRun, setRefusedRun] = useState<unknown>();
  const set = <K extends keyof Draft>(name: K, value: Draft[K]): void => onChange({ ...draft, [name]: value });
  const refusal = error ?? refusedRun;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Grid>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack>
            {!correcting && (
              <>
                <TextInput
                  label="Name"
                  required
                  value={draft.name}
                  error={placeOf(error, '/name')}
                  onChange={(event) => set('name', event.currentTarget.value)}
                />
                <Select
                  label="Runtime"
                  allowDeselect={false}
                  data={runtimes.data?.items.map(({ name }) => name) ?? [draft.runtime]}
                  value={draft.runtime}
                  error={placeOf(error, '/runtime')}
                  onChange={(runtime) => {
                    if (runtime === null) return;
                    const untouched = JSON.stringify(draft.files) === JSON.stringify(startFiles(draft.runtime));
                    onChange({ ...draft, runtime, files: untouched ? startFiles(runtime) : draft.files });
                  }}
                />
              </>
            )}
            <Textarea
              label="What it does, in words"
              autosize
              minRows={2}
              value={draft.description}
              error={placeOf(error, '/description')}
              onChange={(event) => set('description', event.currentTarget.value)}
            />
            <PermissionsField
              value={draft.permissions}
              error={error}
              onChange={(permissions) => set('permissions', permissions)}
            />
            <FilesField
              files={draft.files}
              refusal={refusal}
              run={run}
              onChange={(files) => {
                set('files', files);
                setRefusedRun(undefined);
              }}
            />
            <LimitsField value={draft.limits} error={error} onChange={(limits) => set('limits', limits)} />
            <ProblemAlert error={error} />
            {children}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <DryRunPanel draft={draft} run={run} onRun={setRun} onRefused={setRefusedRun} />
        </Grid.Col>
      </Grid>
    </form>
  );
}
