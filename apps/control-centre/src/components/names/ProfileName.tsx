import { useProfile } from '../../api/lookups.ts';
import { TextLink } from '../ui/links.tsx';
import { Text } from '../ui/mantine.ts';
import { Untrusted } from '../ui/Untrusted.tsx';

interface Properties {
  readonly name: string;
  /** Its name behind its title as well. */
  readonly both?: boolean;
}

/** What a profile's schema calls itself; its name where it has no title. */
export function ProfileName({ name, both = false }: Properties) {
  const title = useTitle(name);
  return (
    <>
      <Untrusted text={title === '' ? name : title} max={80} />
      {both && title !== '' && <NameBehind name={name} />}
    </>
  );
}

/** The same, with the title as a link to the profile's events. */
export function ProfileLink({ name, both = false }: Properties) {
  const title = useTitle(name);
  return (
    <>
      <TextLink to="/data/$profileName" params={{ profileName: name }} inherit>
        <ProfileName name={name} />
      </TextLink>
      {both && title !== '' && <NameBehind name={name} />}
    </>
  );
}

function NameBehind({ name }: { readonly name: string }) {
  return (
    <Text component="span" size="xs" c="dimmed" fw={400}>
      {' '}
      (<Untrusted text={name} max={80} />)
    </Text>
  );
}

/** Empty where it has none. */
function useTitle(name: string): string {
  const schema = useProfile(name).data?.schema;
  return typeof schema === 'object' && typeof schema['title'] === 'string' ? schema['title'].trim() : '';
}
