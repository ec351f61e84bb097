import { useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { call } from '../../api/client.ts';
import type {
  AdminViewTemplateList,
  AppList,
  ListAppsData,
  ListProfilesData,
  ListViewTemplatesData,
  ProfileList,
} from '../../api/operations.ts';
import { titleOfSchema } from '../names/profile-title.ts';
import { Modal, Stack, Text, TextInput, UnstyledButton } from '../ui/mantine.ts';
import { visibleText } from '../ui/Untrusted.tsx';
import './palette.css';

interface Target {
  readonly kind: string;
  readonly label: string;
  readonly href: string;
  /** By which it is found as well. */
  readonly name?: string;
}

const mostShown = 12;
const isId = /^[0-9a-f]{24}$/;

function useTargets(pages: readonly Target[]): readonly Target[] {
  const things = useQuery({
    queryKey: ['apps', 'palette'],
    queryFn: async ({ signal }): Promise<readonly Target[]> => {
      const query = { limit: 200 };
      const [apps, profiles, templates] = await Promise.all([
        call<ListAppsData, AppList>('GET', '/admin/v1/apps', { query, signal }),
        call<ListProfilesData, ProfileList>('GET', '/admin/v1/profiles', { query, signal }),
        call<ListViewTemplatesData, AdminViewTemplateList>('GET', '/admin/v1/view-templates', { query, signal }),
      ]);
      return [
        ...apps.items.map(({ id, name }) => ({ kind: 'app', label: name, href: `/apps/${id}` })),
        ...profiles.items.map(({ name, schema }) => ({
          kind: 'profile',
          label: titleOfSchema(schema) ?? name,
          name,
          href: `/data/${encodeURIComponent(name)}`,
        })),
        ...templates.items.map(({ id, name }) => ({ kind: 'view template', label: name, href: `/views/${id}` })),
      ];
    },
    staleTime: 10_000,
  });
  return useMemo(() => [...pages, ...(things.data ?? [])], [pages, things.data]);
}

/** What an id may name: the keep has one kind of id for all. */
function targetsOfId(id: string): readonly Target[] {
  return [
    { kind: 'run', label: id, href: `/runs/${id}` },
    { kind: 'request', label: id, href: `/requests/${id}` },
    { kind: 'app', label: id, href: `/apps/${id}` },
    { kind: 'view template', label: id, href: `/views/${id}` },
    { kind: 'view instance', label: id, href: `/views/instances/${id}` },
    { kind: 'audit of', label: id, href: `/audit?subject=${id}` },
  ];
}

interface Properties {
  readonly pages: readonly Target[];
  readonly onClose: () => void;
}

/** The command palette: pages, apps, profiles, templates by name, everything by id. A combobox with a list below it. */
export default function Palette({ pages, onClose }: Properties) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const navigate = useNavigate();
  const all = useTargets(pages);
  const list = useRef<HTMLDivElement>(null);
  const wanted = text.trim().toLowerCase();
  const targets = useMemo(
    () =>
      isId.test(wanted)
        ? targetsOfId(wanted)
        : all
            .filter(({ kind, label, name = '' }) => `${kind} ${label} ${name}`.toLowerCase().includes(wanted))
            .slice(0, mostShown),
    [all, wanted],
  );
  useEffect(() => setChosen(0), [wanted]);
  const go = (target: Target | undefined): void => {
    if (!target) return;
    onClose();
    void navigate({ href: target.href });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen((before) => (before + step + targets.length) % Math.max(targets.length, 1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      go(targets[chosen]);
    }
  };
  return (
    <Modal opened onClose={onClose} title="Go to" closeButtonProps={{ 'aria-label': 'Close' }}>
      {/* The outline of the field is not cut by the header. */}
      <Stack gap="sm" pt={2}>
        <TextInput
          aria-label="A page, an app, a profile, a template, or an id"
          placeholder="A page, an app, a profile, a template, or an id"
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={targets[chosen] === undefined ? undefined : `palette-${chosen}`}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div id="palette-list" role="listbox" aria-label="Where to go" ref={list}>
          {targets.map((target, index) => (
            <UnstyledButton
              key={`${target.kind}${target.href}`}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === chosen}
              tabIndex={-1}
              className="palette-option"
              onClick={() => go(target)}
            >
              <bdi className="untrusted">{visibleText(target.label.slice(0, 80))}</bdi>{' '}
              <Text component="span" size="sm" c="dimmed">
                {target.kind}
              </Text>
            </UnstyledButton>
          ))}
        </div>
        {targets.length === 0 && (
          <Text size="sm" c="dimmed" role="status">
            Nothing has that name.
          </Text>
        )}
      </Stack>
    </Modal>
  );
}
