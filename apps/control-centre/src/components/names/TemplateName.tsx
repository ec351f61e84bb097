import { useTemplate } from '../../api/lookups.ts';
import { isProblem } from '../../api/problem.ts';
import { TextLink } from '../ui/links.tsx';
import { Untrusted } from '../ui/Untrusted.tsx';

/** A view template's name, as a link to its code. */
export function TemplateName({ id }: { readonly id: string }) {
  const { data, error } = useTemplate(id);
  if (data === undefined) return <span>{isProblem(error, 'not-found') ? 'a deleted template' : '…'}</span>;
  return (
    <TextLink to="/views/$templateId" params={{ templateId: id }} inherit>
      <Untrusted text={data.name} max={60} />
    </TextLink>
  );
}
