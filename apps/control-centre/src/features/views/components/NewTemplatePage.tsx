import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, Text } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { useUnloadWarning } from '../../../components/ui/unload-warning.ts';
import { bodyOf, emptyDraft } from '../draft.ts';
import { useRegister } from '../queries.ts';
import { TemplateForm } from './TemplateForm.tsx';

export function NewTemplatePage() {
  const [begun] = useState(emptyDraft);
  const [draft, setDraft] = useState(begun);
  useUnloadWarning(draft !== begun);
  const register = useRegister();
  const navigate = useNavigate();
  return (
    <Page title="New view template">
      <Text maw={720}>
        Only you let code in. Read it, try it, and register it when it does what it says; an app that uses it gets its
        answers, never the events.
      </Text>
      <TemplateForm
        draft={draft}
        onChange={(next) => {
          setDraft(next);
          if (register.isError) register.reset();
        }}
        correcting={false}
        error={register.error}
        onSubmit={() =>
          register.mutate(bodyOf(draft), {
            onSuccess: ({ id }) => {
              notifyDone('Registered. Apps can make instances of it now.');
              void navigate({ to: '/views/$templateId', params: { templateId: id } });
            },
          })
        }
      >
        <Button type="submit" loading={register.isPending} style={{ alignSelf: 'flex-start' }}>
          Register
        </Button>
      </TemplateForm>
    </Page>
  );
}
