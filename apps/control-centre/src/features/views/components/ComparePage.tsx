import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTemplateChoices } from '../../../api/lookups.ts';
import { Group, Select, Skeleton, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { Page } from '../../../components/ui/Page.tsx';
import { ProblemAlert } from '../../../components/ui/ProblemAlert.tsx';
import { visibleText } from '../../../components/ui/visible-text.ts';
import { useVersion, useVersions } from '../queries.ts';
import { FileComparison } from './FileComparison.tsx';
import { LimitsComparison } from './LimitsComparison.tsx';
import { NeedsComparison } from './NeedsComparison.tsx';

/** `<template id>@<version>`, as the address has it. */
function readSide(text: string | undefined): { readonly id?: string; readonly version?: number } {
  const [, id, version] = /^([0-9a-f]{24})@(\d+)$/.exec(text ?? '') ?? [];
  return id === undefined ? {} : { id, version: Number(version) };
}

interface SideProperties {
  readonly label: string;
  readonly id: string | undefined;
  readonly version: number | undefined;
  readonly onChange: (id: string, version: number) => void;
}

function Side({ label, id, version, onChange }: SideProperties) {
  const templates = useTemplateChoices();
  const versions = useVersions(id);
  return (
    <Group align="flex-end">
      <Select
        label={label}
        searchable
        limit={100}
        allowDeselect={false}
        data={(templates.data ?? []).map((one) => ({
          value: one.id,
          label: visibleText(one.name.slice(0, 60)),
        }))}
        value={id ?? null}
        onChange={(chosen) => {
          const newest = templates.data?.find((one) => one.id === chosen)?.version ?? 1;
          if (chosen !== null) onChange(chosen, newest);
        }}
      />
      <Select
        label="Version"
        w={110}
        allowDeselect={false}
        disabled={id === undefined}
        data={(versions.data?.items ?? []).map((one) => String(one.version))}
        value={version === undefined ? null : String(version)}
        onChange={(chosen) => id !== undefined && chosen !== null && onChange(id, Number(chosen))}
      />
    </Group>
  );
}

/** Any two versions, of one template or of two. */
export function ComparePage() {
  const search = useSearch({ strict: false }) as { left?: string; right?: string };
  const navigate = useNavigate();
  const left = readSide(search.left);
  const right = readSide(search.right);
  const before = useVersion(left.id, left.version);
  const after = useVersion(right.id, right.version);
  const choose = (side: 'left' | 'right') => (id: string, version: number) =>
    void navigate({
      to: '/views/compare',
      search: (now: Record<string, unknown>) => ({ ...now, [side]: `${id}@${version}` }) as never,
      replace: true,
    });
  return (
    <Page title="Compare">
      <Group gap="xl">
        <Side label="From" id={left.id} version={left.version} onChange={choose('left')} />
        <Side label="To" id={right.id} version={right.version} onChange={choose('right')} />
      </Group>
      <ProblemAlert error={before.error ?? after.error} />
      {(before.isLoading || after.isLoading) && <Skeleton height={200} aria-label="Loading the versions" />}
      {(left.version === undefined || right.version === undefined) && <Text c="dimmed">Choose two versions.</Text>}
      {before.data !== undefined && after.data !== undefined && (
        <Stack>
          <Title order={2} size="h4">
            What it needs
          </Title>
          <NeedsComparison before={before.data.permissions} after={after.data.permissions} />
          <LimitsComparison before={before.data.limits ?? {}} after={after.data.limits ?? {}} />
          <Title order={2} size="h4">
            Source
          </Title>
          <FileComparison before={before.data.files ?? []} after={after.data.files ?? []} />
        </Stack>
      )}
    </Page>
  );
}
