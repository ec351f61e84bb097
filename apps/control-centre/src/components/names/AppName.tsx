import { useApp } from '../../api/lookups.ts';
import { isProblem } from '../../api/problem.ts';
import { TextLink } from '../ui/links.tsx';
import { Untrusted } from '../ui/Untrusted.tsx';

/** The name that the owner gave the app, as a link to its page. */
export function AppName({ id, strong = false }: { readonly id: string; readonly strong?: boolean }) {
  const { data, error } = useApp(id);
  if (data === undefined) return <span>{isProblem(error, 'not-found') ? 'a removed app' : '…'}</span>;
  return (
    <TextLink to="/apps/$appId" params={{ appId: id }} inherit underline="always" {...(strong ? { fw: 700 } : {})}>
      <Untrusted text={data.name} max={60} />
    </TextLink>
  );
}
