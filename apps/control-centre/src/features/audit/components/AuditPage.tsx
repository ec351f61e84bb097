import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { AuditEntry } from '../../../api/operations.ts';
import { AppName } from '../../../components/names/AppName.tsx';
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
import { saveFile } from '../../../components/ui/save-file.ts';
import { EmptyState } from '../../../components/ui/EmptyState.tsx';
import { TextLink } from '../../../components/ui/links.tsx';
import { Page } from '../../../components/ui/Page.tsx';
import { Pager, usePaging } from '../../../components/ui/Pager.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { exactTime } from '../../../components/ui/When.tsx';
import { type AuditFilter, exportAudit, useAudit } from '../queries.ts';
import { actionInWords, knownActions } from '../words.ts';

/** A day of the browser's zone as its first moment; `plus` days later. */
function dayStart(day: string, plus = 0): string {
  const [year, month, date] = day.split('-').map(Number);
  return new Date(year!, month! - 1, date! + plus).toISOString();
}

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
  if (kind === 'profile')
    return (
      <TextLink to="/data/$profileName" params={{ profileName: id }} inherit>
        <Untrusted text={id} max={60} />
      </TextLink>
    );
  if (kind === 'view-template')
    return (
      <TextLink to="/views/$templateId" params={{ templateId: id }} inherit>
        the template
      </TextLink>
    );
  return (
    <span>
      {kind} <Code>{id.slice(0, 24)}</Code>
    </span>
  );
}

function Details({ details }: { readonly details: AuditEntry['details'] }) {
  if (details === undefined) return null;
  const text = Object.entries(details)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ');
  return (
    <Text size="sm" c="dimmed" component="span">
      <Untrusted text={text} max={160} />
    </Text>
  );
}

export function AuditPage() {
  const search = useSearch({ strict: false }) as Readonly<Record<string, string | undefined>>;
  const navigate = useNavigate();
  const { action, actor, subject, from, to } = search;
  const filter: AuditFilter = {
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(subject ? { subject } : {}),
    ...(from ? { from: dayStart(from) } : {}),
    ...(to ? { to: dayStart(to, 1) } : {}),
  };
  const paging = usePaging();
  const audit = useAudit(filter, paging.cursor);
  const change = (name: string, value: string | null): void => {
    paging.first();
    void navigate({
      to: '/audit',
      search: (before: Record<string, unknown>) => ({ ...before, [name]: value || undefined }) as never,
      replace: true,
    });
  };
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
        <TextInput
          label="Who (id of an app, or “keep”)"
          value={actor ?? ''}
          onChange={(event) => change('actor', event.currentTarget.value)}
        />
        <TextInput
          label="To what (id or profile)"
          value={subject ?? ''}
          onChange={(event) => change('subject', event.currentTarget.value)}
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
        <Table.ScrollContainer
          minWidth={640}
          scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Audit log' } }}
        >
          <Table striped withTableBorder>
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
                  <Table.Td style={{ whiteSpace: 'nowrap' }}>{exactTime(entry.at)}</Table.Td>
                  <Table.Td>
                    <Actor actor={entry.actor} /> {actionInWords(entry.action)}: <Subject subject={entry.subject} />
                  </Table.Td>
                  <Table.Td>
                    <Details details={entry.details} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
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
