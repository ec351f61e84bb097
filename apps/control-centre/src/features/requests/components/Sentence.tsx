import type { Permission } from '../../../api/operations.ts';
import { Text } from '../../../components/ui/mantine.ts';
import { TextLink } from '../../../components/ui/links.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { useAskingView } from '../queries.ts';
import { useProfile } from '../../../api/lookups.ts';
import { rightsInWords } from '../words.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileName } from '../../../components/names/ProfileName.tsx';
import { titleOfSchema } from '../../../components/names/profile-title.ts';

/** What is asked, in one plain sentence made of what the keep knows: the app, the rights, the profile, the code. */
export function Sentence({ permission }: { readonly permission: Permission }) {
  const profile = useProfile(permission.profile);
  const view = useAskingView(permission.viewInstanceId);
  const title = titleOfSchema(profile.data?.schema);
  const { before, after } = rightsInWords(permission.requested);
  const asks = permission.status === 'pending' ? 'asks' : 'asked';
  return (
    <Text component="h2" size="lg" fw={400}>
      <AppName id={permission.appId} strong />{' '}
      {permission.viewInstanceId === undefined ? (
        `${asks} to `
      ) : (
        <>
          {asks} that the code of the view{' '}
          {view.data === undefined ? (
            '…'
          ) : (
            <TextLink to="/views/$templateId" params={{ templateId: view.data.template.id }} inherit>
              <Untrusted text={view.data.template.name} max={60} />
            </TextLink>
          )}
          , whose answers it gets, may{' '}
        </>
      )}
      {before}
      <TextLink to="/data/$profileName" params={{ profileName: permission.profile }} inherit fw={700}>
        <ProfileName name={permission.profile} quoted />
      </TextLink>
      {after}.
      {title !== undefined && (
        <Text component="span" size="sm" c="dimmed">
          {' '}
          (<Untrusted text={permission.profile} max={80} />)
        </Text>
      )}
    </Text>
  );
}
