import type { App } from '../../../api/operations.ts';
import { StateBadge } from '../../../components/ui/StateBadge.tsx';

/** Connected: a program holds a token. A place that no program has taken yet waits. */
export function AppStateBadge({ app }: { readonly app: App }) {
  const expired = typeof app.tokenExpiresAt === 'string' && Date.parse(app.tokenExpiresAt) < Date.now();
  if (app.associatedAt === undefined) return <StateBadge state="not connected yet" tone="waiting" />;
  if (expired) return <StateBadge state="token expired" tone="bad" />;
  return app.tokenExpiresAt === undefined ? (
    <StateBadge state="token revoked" tone="bad" />
  ) : (
    <StateBadge state="connected" tone="good" />
  );
}
