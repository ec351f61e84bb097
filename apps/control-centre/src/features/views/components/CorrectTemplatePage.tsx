import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Button, Group, Paper, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { notifyDone } from '../../../components/ui/notify.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { useUnloadWarning } from '../../../components/ui/unload-warning.ts';
import { bodyOf, type Draft } from '../draft.ts';
import type { Limits } from '../limits.ts';
import type { AdminViewTemplate } from '../../../api/operations.ts';
import { useCorrect, useTemplate } from '../queries.ts';
import { FileComparison } from './FileComparison.tsx';
import { LimitsComparison } from './LimitsComparison.tsx';
import { NeedsComparison } from './NeedsComparison.tsx';
import { TemplateForm } from './TemplateForm.tsx';

function draftOf(template: AdminViewTemplate): Draft {
  return {
    name: template.name,
    description: template.description ?? '',
    runtime: template.runtime,
    permissions: template.permissions,
    limits: (template.limits ?? {}) as Limits,
    files: template.files ?? [],
  };
}

function Correction({ newest }: { readonly newest: AdminViewTemplate }) {
  // The version that is corrected: a newer one that arrives meanwhile does not overwrite what is typed.
  const [template, setTemplate] = useState(newest);
  const begun = useMemo(() => draftOf(template), [template]);
  const [draft, setDraft] = useState(begun);
  useUnloadWarning(draft !== begun);
  const [reviewing, setReviewing] = useState(false);
  const correct = useCorrect(template.id);
  const navigate = useNavigate();
  const submit = (): void => {
    const { name: _name, runtime: _runtime, ...body } = bodyOf(draft);
    correct.mutate(body, {
      onSuccess: () => {
        notifyDone('The next version is there.');
        void navigate({ to: '/views/$templateId', params: { templateId: template.id } });
      },
      onError: () => setReviewing(false),
    });
  };
  const outdated = newest.sourceCodeId !== template.sourceCodeId && (
    <Notice title="There is a newer version">
      Version {newest.version ?? 1} was made while you wrote; what you make of this would undo what it changed.
      <Button
        size="compact-sm"
        variant="default"
        display="block"
        mt="xs"
        onClick={() => {
          setTemplate(newest);
          setDraft(draftOf(newest));
          setReviewing(false);
        }}
      >
        Begin with that version
      </Button>
    </Notice>
  );
  if (reviewing)
    return (
      <Stack>
        {outdated}
        <Title order={2} size="h4">
          What changes
        </Title>
        <NeedsComparison before={template.permissions} after={draft.permissions} />
        <LimitsComparison before={(template.limits ?? {}) as Limits} after={draft.limits} />
        <FileComparison before={template.files ?? []} after={draft.files} />
        <Text>
          Instances that have every right it needs move to it at once. Where it needs a new one, that is asked of you
          for each instance first.
        </Text>
        <ProblemAlert error={correct.error} />
        <Group>
          <Button variant="default" onClick={() => setReviewing(false)}>
            Back to writing
          </Button>
          <Button loading={correct.isPending} onClick={submit}>
            Make it the next version
          </Button>
        </Group>
      </Stack>
    );
  return (
    <Stack>
      {outdated}
      <TemplateForm
        key={template.sourceCodeId}
        draft={draft}
        onChange={(next) => {
          setDraft(next);
          if (correct.isError) correct.reset();
        }}
        correcting
        error={correct.error}
        onSubmit={() => setReviewing(true)}
      >
        <Button type="submit" style={{ alignSelf: 'flex-start' }}>
          Look at what changes
        </Button>
      </TemplateForm>
    </Stack>
  );
}

export function CorrectTemplatePage({ templateId }: { readonly templateId: string }) {
  const template = useTemplate(templateId);
  return (
    <Page title={template.data === undefined ? 'Correct a view template' : `Correct “${template.data.name}”`}>
      {template.isPending && <Skeleton height={300} aria-label="Loading the template" />}
      <ProblemAlert error={template.error} />
      {template.data !== undefined && (
        <Paper>
          <Correction newest={template.data} />
        </Paper>
      )}
    </Page>
  );
}
