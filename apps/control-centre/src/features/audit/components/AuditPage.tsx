import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useAppChoices } from '../../../api/lookups.ts';
import type { AuditEntry } from '../../../api/operations.ts';
import { AppName } from '../../../components/names/AppName.tsx';
import { ProfileLink } from '../../../components/names/ProfileName.tsx';
import { TemplateName } from '../../../components/names/TemplateName.tsx';
import {
  Button,
  Code,
  Group,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
} from '../../../components/ui/mantine.ts';
import { NamedTable } from '../../../components/ui/NamedTable.tsx';
import { saveFile } from '../../../components/ui/save-file.ts';
import { dayStart, useAddress, useAddressText } from '../../../components/ui/address.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Page } from '../../../components/ui/Page.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { visibleText } from '../../../components/ui/visible-text.ts';
import { exactTime } from '../../../components/ui/When.tsx';
import { type AuditFilter, exportAudit, useAudit } from '../queries.ts';
import { actionInWords, knownActions } from '../words.ts';
import { Details } from './Details.tsx';

function Actor({ actor }: { readonly actor: AuditEntry['actor'] }) {
  const { kind, id } = actor as { kind: string; id: string };
  if (kind === 'app') return <AppName id={id} />;
  if (kind === 'run')
    return (
      <TextLink to="/runs/$runId" params={{ runId: id }} inherit>
        A run
      </TextLink>
    );
  return <span>{kind === 'admin' ? 'You' : 'The keep'}</span>;
}

function Subject({ subject }: { readonly subject: AuditEntry['subject'] }) {
  const { kind, id } = subject as { kind: string; id: string };
  if (kind === 'app') return <AppName id={id} />;
  if (kind === 'permission')
    return (
      <TextLink to="/requests/$permissionId" params={{ permissionId: id }} inherit>
        the request
      </TextLink>
    );
  if (kind === 'run')
    return (
      <TextLink to="/runs/$runId" params={{ runId: id }} inherit>
        the run
      </TextLink>
    );
  if (kind === 'profile') return <ProfileLink name={id} />;
  if (kind === 'view-template') return <TemplateName id={id} />;
  if (kind === 'view-instance')
    return (
      <TextLink to="/views/instances/$instanceId" params={{ instanceId: id }} inherit>
        the view instance
      </TextLink>
    );
  if (kind === 'index')
    return (
      <TextLink to="/indexes" inherit>
        Indexes
      </TextLink>
    );
  return (
    <span>
      {kind} <Code>{id.slice(0, 24)}</Code>
    </span>
  );
}

/** Actor, action and subject; the subject is left out where it is the actor. */
function Sentence({ entry: { actor, action, subject } }: { readonly entry: AuditEntry }) {
  const isItself =
    action === 'session.started' ||
    subject.kind === 'admin' ||
    (subject.kind === actor.kind && subject.id === actor.id);
  return (
    <>
      <Actor actor={actor} /> {actionInWords(action)}
      {!isItself && (
        <>
          : <Subject subject={subject} />
        </>
      )}
    </>
  );
}

interface WhoProperties {
  readonly value: string | undefined;
  readonly onChange: (value: string | null) => void;
}

/** By name; an id that is typed, as of an app that was removed, is offered as it is. */
function WhoSelect({ value, onChange }: WhoProperties) {
  const apps = useAppChoices();
  const [typed, setTyped] = useState('');
  const named = [
    { value: 'admin', label: 'You' },
    { value: 'keep', label: 'The keep' },
    ...(apps.data ?? []).map(({ id, name }) => ({ value: id, label: visibleText(name.slice(0, 60)) })),
  ];
  const ids = [typed.trim(), value ?? ''].filter(
    (id, index, all) => /^[\da-f]{24}$/.test(id) && all.indexOf(id) === index && !named.some((one) => one.value === id),
  );
  return (
    <Select
      label="Who"
      placeholder="anyone"
      clearable
      searchable
      limit={100}
      data={[...named, ...ids.map((id) => ({ value: id, label: id }))]}
      value={value ?? null}
      onChange={onChange}
      onSearchChange={setTyped}
      clearButtonProps={{ 'aria-label': 'Anyone' }}
    />
  );
}

export function AuditPage() {
  const navigate = useNavigate();
  const { action, actor, subject, from, to } = useAddress();
  const [subjectText, setSubjectText] = useAddressText('subject');
  const [start, end] = [dayStart(from), dayStart(to, 1)];
  const filter: AuditFilter = {
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(subject ? { subject } : {}),
    ...(start ? { from: start } : {}),
    ...(end ? { to: end } : {}),
  };
  const paging = usePaging(JSON.stringify(filter));
  const audit = useAudit(filter, paging.cursor);
  const change = (name: string, value: string | null): void =>
    void navigate({
      to: '/audit',
      search: (before: Record<string, unknown>) => ({ ...before, [name]: value || undefined }) as never,
      replace: true,
    });
  const [exported, setExported] = useState<number>();
  const [failure, setFailure] = useState<unknown>();
  const stop = useRef<AbortController>(undefined);
  const save = async (): Promise<void> => {
    stop.current = new AbortController();
    setFailure(undefined);
    setExported(0);
    try {
      saveFile('audit.ndjson', await exportAudit(filter, stop.current.signal, setExported));
    } catch (error) {
      if (!stop.current.signal.aborted) setFailure(error);
    }
    setExported(undefined);
  };
  const items = audit.data?.items ?? [];
  return (
    <Page
      title="Audit"
      actions={
        exported === undefined ? (
          <Button variant="default" onClick={() => void save()}>
            Export these
          </Button>
        ) : (
          <Button variant="default" onClick={() => stop.current?.abort()}>
            Stop the export ({exported.toLocaleString()} entries)
          </Button>
        )
      }
    >
      <Group align="flex-end" gap="sm">
        <Select
          label="What"
          placeholder="everything"
          clearable
          searchable
          data={knownActions.map((value) => ({ value, label: actionInWords(value) }))}
          value={action ?? null}
          onChange={(value) => change('action', value)}
          clearButtonProps={{ 'aria-label': 'Everything' }}
        />
        <WhoSelect value={actor} onChange={(value) => change('actor', value)} />
        <TextInput
          label="To what (id or profile)"
          value={subjectText}
          onChange={(event) => setSubjectText(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="From"
          value={from ?? ''}
          onChange={(event) => change('from', event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="To"
          value={to ?? ''}
          onChange={(event) => change('to', event.currentTarget.value)}
        />
      </Group>
      <ProblemAlert error={audit.error ?? failure} />
      {audit.isPending && <Skeleton height={200} aria-label="Loading the audit log" />}
      {audit.data !== undefined && items.length === 0 && (
        <EmptyState title="No entry">Nothing of that kind was recorded. Widen the search.</EmptyState>
      )}
      {items.length > 0 && (
        <NamedTable name="Audit log" minWidth={640} striped withTableBorder>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">When</Table.Th>
              <Table.Th scope="col">What happened</Table.Th>
              <Table.Th scope="col">Details</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((entry) => (
              <Table.Tr key={entry.sequence}>
                <Table.Td className="exact-time">{exactTime(entry.at)}</Table.Td>
                <Table.Td miw={220}>
                  <Sentence entry={entry} />
                </Table.Td>
                <Table.Td>
                  <Details details={entry.details} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </NamedTable>
      )}
      <Pager paging={paging} nextCursor={audit.data?.nextCursor} busy={audit.isFetching} />
      <Stack gap={0}>
        <Text size="sm" c="dimmed">
          Each entry carries the digest of the one before, so that none can be changed or taken out unseen.
        </Text>
      </Stack>
    </Page>
  );
}
