import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useAppChoices, useProfileChoices, useTemplateChoices } from '../../api/lookups.ts';
import { titleOfSchema } from '../names/profile-title.ts';
import { Modal, Stack, Text, TextInput, UnstyledButton } from '../ui/mantine.ts';
import { visibleText } from '../ui/visible-text.ts';
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

function useTargets(pages: readonly Target[]): { readonly all: readonly Target[]; readonly isLoading: boolean } {
  const lists = [useAppChoices(), useProfileChoices(), useTemplateChoices()] as const;
  const [{ data: apps }, { data: profiles }, { data: templates }] = lists;
  const all = useMemo(
    () => [
      ...pages,
      ...(apps ?? []).map(({ id, name }) => ({ kind: 'app', label: name, href: `/apps/${id}` })),
      ...(profiles ?? []).map(({ name, schema }) => ({
        kind: 'profile',
        label: titleOfSchema(schema) ?? name,
        name,
        href: `/data/${encodeURIComponent(name)}`,
      })),
      ...(templates ?? []).map(({ id, name }) => ({ kind: 'view template', label: name, href: `/views/${id}` })),
    ],
    [pages, apps, profiles, templates],
  );
  return { all, isLoading: lists.some(({ isPending }) => isPending) };
}

/** Whose name it is before those that begin with it, and these before those that have it. */
function foundIn(all: readonly Target[], wanted: string): readonly Target[] {
  const rankOf = ({ label, name = label }: Target): number => {
    const names = [label.toLowerCase(), name.toLowerCase()];
    return names.includes(wanted) ? 0 : names.some((one) => one.startsWith(wanted)) ? 1 : 2;
  };
  return all
    .filter(({ kind, label, name = '' }) => `${kind} ${label} ${name}`.toLowerCase().includes(wanted))
    .toSorted((left, right) => rankOf(left) - rankOf(right));
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
  const { all, isLoading } = useTargets(pages);
  const list = useRef<HTMLDivElement>(null);
  const wanted = text.trim().toLowerCase();
  const found = useMemo(() => (isId.test(wanted) ? targetsOfId(wanted) : foundIn(all, wanted)), [all, wanted]);
  const targets = found.slice(0, mostShown);
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
        <Text size="sm" c="dimmed" role="status">
          {found.length > mostShown && `${(found.length - mostShown).toLocaleString()} more: type more of the name.`}
          {found.length === 0 && (isLoading ? 'Loading the names …' : 'Nothing has that name.')}
        </Text>
      </Stack>
    </Modal>
  );
}
