import { Fragment, type ReactNode } from 'react';
import type { AuditEntry } from '../../../api/operations.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileLink } from '../../../components/names/ProfileName.tsx';
import { rightsText } from '../../../components/names/rights.ts';
import { TemplateName } from '../../../components/names/TemplateName.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Text } from '../../../components/ui/mantine.ts';
import { Quoted, Untrusted } from '../../../components/ui/Untrusted.tsx';
import { exactTime } from '../../../components/ui/When.tsx';
import { detailLabels, valueText } from '../words.ts';

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

/** Details that are more than a label and a value. Null leaves a detail out that says nothing. */
const forms: Readonly<Record<string, (value: unknown) => ReactNode>> = {
  profile: (value) => <ProfileLink name={String(value)} />,
  profiles: (value) => <Profiles label="profiles" names={texts(value)} />,
  profilesDeleted: (value) => <Profiles label="profiles deleted" names={texts(value)} />,
  requested: (value) => `asked to ${rightsText(texts(value))}`,
  granted: (value) => (texts(value).length === 0 ? 'nothing granted' : `may ${rightsText(texts(value))}`),
  appId: (value) => (value === null ? 'on the events of every app' : <AppName id={String(value)} />),
  viewInstanceId: (value) => (
    <TextLink to="/views/instances/$instanceId" params={{ instanceId: String(value) }} inherit>
      for a view instance
    </TextLink>
  ),
  viewTemplateId: (value) => <TemplateName id={String(value)} />,
  reason: (value) => <Quoted text={String(value)} max={120} />,
  expiresAt: (value) => `until ${exactTime(String(value))}`,
  state: (value) => String(value),
  again: (value) => (value === true ? 'it had been connected before' : null),
  complete: (value) => (value === true ? null : 'broken off'),
};

function Profiles({ label, names }: { readonly label: string; readonly names: readonly string[] }) {
  if (names.length === 0) return `${label}: none`;
  return (
    <>
      {label}:{' '}
      {names.map((name, index) => (
        <Fragment key={name}>
          {index > 0 && ', '}
          <ProfileLink name={name} />
        </Fragment>
      ))}
    </>
  );
}

/** The details of an entry beside actor and action: each in words, one that has none here by its name. */
export function Details({ details }: { readonly details: AuditEntry['details'] }) {
  const shown = Object.entries(details ?? {})
    .map(([name, value]): readonly [string, ReactNode] => [
      name,
      forms[name]?.(value) ?? (name in forms ? null : <Plain name={name} value={value} />),
    ])
    .filter(([, form]) => form !== null);
  return (
    <Text size="sm" c="dimmed" component="span">
      {shown.map(([name, form], index) => (
        <Fragment key={name}>
          {index > 0 && ' · '}
          {form}
        </Fragment>
      ))}
    </Text>
  );
}

const isDigest = (value: unknown): boolean => typeof value === 'string' && /^[\da-f]{64}$/.test(value);

function Plain({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <>
      {detailLabels[name] ?? name}: <Untrusted text={valueText(value)} max={isDigest(value) ? 12 : 120} />
    </>
  );
}
