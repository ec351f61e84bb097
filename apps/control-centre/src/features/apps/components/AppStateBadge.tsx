import { keepNow } from '../../../api/clock.ts';
import type { App } from '../../../api/operations.ts';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';

/** Whether the one-time token that the owner made last ended before a program used it. */
export function oneTimeTokenRanOut({ associationTokenExpiresAt: end }: App): boolean {
  return end !== undefined && Date.parse(end) <= keepNow();
}

/** Connected: a program holds a token. A place that no program has taken yet waits. */
export function AppStateBadge({ app }: { readonly app: App }) {
  const expired = typeof app.tokenExpiresAt === 'string' && Date.parse(app.tokenExpiresAt) < keepNow();
  if (app.associatedAt === undefined)
    return oneTimeTokenRanOut(app) ? (
      <StateBadge state="one-time token ran out" tone="bad" />
    ) : (
      <StateBadge state="not connected yet" tone="waiting" />
    );
  if (expired) return <StateBadge state="token expired" tone="bad" />;
  return app.tokenExpiresAt === undefined ? (
    <StateBadge state="token revoked" tone="bad" />
  ) : (
    <StateBadge state="connected" tone="good" />
  );
}
