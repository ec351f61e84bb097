import { useProfile } from '../../api/lookups.ts';
import { Text } from '../ui/mantine.ts';
import { Untrusted } from '../ui/Untrusted.tsx';

/** What a profile's schema calls itself, and its name behind it where that is wanted; its name where it has no title. */
export function ProfileName({ name, both = false }: { readonly name: string; readonly both?: boolean }) {
  const { data } = useProfile(name);
  const schema = data?.schema;
  const title = typeof schema === 'object' && typeof schema['title'] === 'string' ? schema['title'].trim() : '';
  return (
    <>
      <Untrusted text={title === '' ? name : title} max={80} />
      {both && title !== '' && (
        <Text component="span" size="xs" c="dimmed" fw={400}>
          {' '}
          (<Untrusted text={name} max={80} />)
        </Text>
      )}
    </>
  );
}
