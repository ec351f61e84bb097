import { Alert } from '../../../components/ui/mantine.ts';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { browserRefusal } from '../passkeys.ts';

interface Properties {
  readonly error: unknown;
  readonly placed?: readonly string[];
}

/** What the browser or the keep refused. */
export function PasskeyAlert({ error, placed = [] }: Properties) {
  const refusal = browserRefusal(error);
  if (refusal === undefined) return <ProblemAlert error={error} placed={placed} />;
  return (
    <Alert color="red" variant="outline" role="alert" title="No passkey was used">
      {refusal}
    </Alert>
  );
}
