import { useProfile } from '../../api/lookups.ts';
import { TextLink } from '../ui/links.tsx';
import { Text } from '../ui/mantine.ts';
import { Quoted, Untrusted } from '../ui/Untrusted.tsx';
import { titleOfSchema } from './profile-title.ts';

interface Properties {
  readonly name: string;
  /** Its name behind its title as well. */
  readonly both?: boolean;
  /** Its title in quotation marks: an app wrote it, and in a sentence of the page it must not speak as the page. */
  readonly quoted?: boolean;
}

/** What a profile's schema calls itself; its name where it has no title. */
export function ProfileName({ name, both = false, quoted = false }: Properties) {
  const title = useTitle(name);
  const Shown = quoted && title !== undefined ? Quoted : Untrusted;
  return (
    <>
      <Shown text={title ?? name} max={80} />
      {both && title !== undefined && <NameBehind name={name} />}
    </>
  );
}

/** The same, with the title as a link to the profile's events. */
export function ProfileLink({ name, both = false, quoted = false }: Properties) {
  const title = useTitle(name);
  return (
    <>
      <TextLink to="/data/$profileName" params={{ profileName: name }} inherit>
        <ProfileName name={name} quoted={quoted} />
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
