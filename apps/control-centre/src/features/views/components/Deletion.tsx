import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { ConfirmDialog } from '../../../components/ui/ConfirmDialog.tsx';
import { Button } from '../../../components/ui/mantine.ts';
import { notifyDone } from '../../../components/ui/notify.ts';
import type { useDeleteInstance } from '../queries.ts';

interface Properties {
  /** What is deleted, in a word. */
  readonly what: string;
  readonly remove: ReturnType<typeof useDeleteInstance>;
  /** What goes with it. */
  readonly children: ReactNode;
}

/** Deletes a template or an instance once the owner confirms, and goes to the list. */
export function Deletion({ what, remove, children }: Properties) {
  const [opened, setOpened] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpened(true)}>
        Delete
      </Button>
      <ConfirmDialog
        opened={opened}
        title={`Delete this ${what}`}
        action="Delete"
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setOpened(false)}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              notifyDone(`The ${what} is deleted.`);
              void navigate({ to: '/views' });
            },
          })
        }
      >
        {children}
      </ConfirmDialog>
    </>
  );
}
