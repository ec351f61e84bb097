import { useRef } from 'react';
import { Button, Group, Paper, SegmentedControl, Stack, Text } from '../../../components/ui/mantine.ts';
import type { Condition, ConditionGroup, FilterForm } from '../filter-form.ts';
import { allConditions, newCondition, newId } from '../filter-form.ts';
import type { Fields } from '../use-fields.ts';
import { ConditionRow } from './ConditionRow.tsx';

interface Properties {
  readonly form: FilterForm;
  readonly fields: Fields;
  /** By the condition's id. */
  readonly errors: ReadonlyMap<number, string>;
  readonly onChange: (form: FilterForm) => void;
}

type Part = Condition | ConditionGroup;

/** Conditions, and groups of them, all or any of which must hold. */
export function FilterFormFields({ form, fields, errors, onChange }: Properties) {
  const { match, parts } = form;
  const inner = match === 'all' ? 'any' : 'all';
  const order = new Map(allConditions(form).map(({ id }, index) => [id, index + 1]));
  const addButton = useRef<HTMLButtonElement>(null);
  const first = fields.payload[0] ?? fields.all[0]!;

  const setMatch = (next: 'all' | 'any'): void =>
    onChange({
      match: next,
      // A group says what its surrounding does not.
      parts: parts.map((part) => (part.type === 'group' ? { ...part, match: next === 'all' ? 'any' : 'all' } : part)),
    });
  const setParts = (next: readonly Part[]): void =>
    onChange({ match, parts: next.filter((part) => part.type === 'condition' || part.conditions.length > 0) });
  const replace = (part: Part, next: readonly Part[]): void =>
    setParts(parts.flatMap((other) => (other.id === part.id ? next : [other])));
  const row = (condition: Condition, change: (next: readonly Condition[]) => void) => (
    <ConditionRow
      key={condition.id}
      condition={condition}
      number={order.get(condition.id) ?? 0}
      fields={fields}
      error={errors.get(condition.id)}
      onChange={(next) => change([next])}
      onRemove={() => {
        change([]);
        // The button that had the focus is gone.
        addButton.current?.focus();
      }}
    />
  );

  return (
    <Stack gap="xs">
      {parts.length === 0 && (
        <Text size="sm" c="dimmed">
          No condition: every event is looked at.
        </Text>
      )}
      {parts.length > 1 && <MatchChoice label="Which of these hold" match={match} onChange={setMatch} />}
      {parts.map((part) =>
        part.type === 'condition' ? (
          row(part, (next) => replace(part, next))
        ) : (
          <Paper key={part.id} withBorder p="sm" component="fieldset" m={0}>
            <Text component="legend" size="sm" px={4}>
              {part.match === 'any' ? 'Any of these' : 'All of these'}
            </Text>
            <Stack gap="xs">
              {part.conditions.map((condition) =>
                row(condition, (next) =>
                  replace(part, [
                    {
                      ...part,
                      conditions: part.conditions.flatMap((other) => (other.id === condition.id ? next : [other])),
                    },
                  ]),
                ),
              )}
              <Group>
                <Button
                  variant="subtle"
                  size="compact-sm"
                  onClick={() => replace(part, [{ ...part, conditions: [...part.conditions, newCondition(first)] }])}
                >
                  Add to this group
                </Button>
              </Group>
            </Stack>
          </Paper>
        ),
      )}
      <Group gap="xs">
        <Button
          ref={addButton}
          variant="light"
          size="compact-sm"
          onClick={() => setParts([...parts, newCondition(first)])}
        >
          Add a condition
        </Button>
        {parts.length > 0 && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() =>
              setParts([
                ...parts,
                { type: 'group', id: newId(), match: inner, conditions: [newCondition(first), newCondition(first)] },
              ])
            }
          >
            {inner === 'any' ? 'Add “any of these”' : 'Add “all of these”'}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

interface MatchProperties {
  readonly label: string;
  readonly match: 'all' | 'any';
  readonly onChange: (match: 'all' | 'any') => void;
}

function MatchChoice({ label, match, onChange }: MatchProperties) {
  return (
    <Group gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={label}
        value={match}
        onChange={(value) => onChange(value === 'any' ? 'any' : 'all')}
        data={[
          { value: 'all', label: 'All' },
          { value: 'any', label: 'Any' },
        ]}
      />
      <Text size="sm">of these must hold.</Text>
    </Group>
  );
}
