import { usePermission } from '../../../api/lookups.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Stack, Text } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';

interface Properties {
  readonly permissionId: string;
  /** What the keep answered where a decision was tried here as well. */
  readonly refusal: unknown;
}

/** In the place of a request that another window decided, or that its app took back. */
export function DecidedMeanwhile({ permissionId, refusal }: Properties) {
  const { data: permission, isError } = usePermission(permissionId);
  if (permission?.status === 'pending' || (permission === undefined && !isError)) return null;
  return (
    <Stack gap="xs">
      <Notice title="Decided meanwhile">
        {permission === undefined ? (
          'A request that stood here is gone: its app took it back, or is gone itself.'
        ) : (
          <Text size="sm">
            A request of <AppName id={permission.appId} strong /> that stood here is {permission.status} by now, not
            from this window.{' '}
            <TextLink to="/requests/$permissionId" params={{ permissionId }} inherit>
              Look at it
            </TextLink>
            , and change the decision there.
          </Text>
        )}
      </Notice>
      <ProblemAlert error={refusal} />
    </Stack>
  );
}
