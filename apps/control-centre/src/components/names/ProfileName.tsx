import { useProfile } from '../../api/lookups.ts';
import { TextLink } from '../ui/links.tsx';
import { Text } from '../ui/mantine.ts';
import { Untrusted } from '../ui/Untrusted.tsx';
import { titleOfSchema } from './profile-title.ts';

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
      <Untrusted text={title ?? name} max={80} />
      {both && title !== undefined && <NameBehind name={name} />}
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
      {both && title !== undefined && <NameBehind name={name} />}
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

const useTitle = (name: string): string | undefined => titleOfSchema(useProfile(name).data?.schema);
