import { Link } from '@tanstack/react-router';
import { EmptyState } from '../components/ui/EmptyState.tsx';
import { Anchor, Box, Loader, Stack } from '../components/ui/mantine.ts';
import { Page } from '../components/ui/Page.tsx';
import { ProblemAlert } from '../components/ui/ProblemAlert.tsx';

export function PagePending() {
  return (
    <Stack align="center" p="xl">
      <Loader aria-label="Loading" />
    </Stack>
  );
}

export function PageFailed({ error }: { readonly error: unknown }) {
  return (
    <Page title="That did not work">
      <ProblemAlert error={error} />
      <Anchor href={location.pathname}>Load the page again</Anchor>
    </Page>
  );
}

/** Outside of the frame, which needs the admin. */
export function NotHere() {
  return (
    <Box component="main" p="md" maw={720} mx="auto">
      <Page title="Not here">
        <EmptyState title="There is no such page">
          The address may be mistyped.{' '}
          <Anchor component={Link} to="/">
            Back to the overview
          </Anchor>
        </EmptyState>
      </Page>
    </Box>
  );
}
