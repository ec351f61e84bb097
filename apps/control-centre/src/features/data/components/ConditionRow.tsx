import { ActionIcon, Group, Select, Text } from '../../../components/ui/mantine.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import type { Field } from '../fields.ts';
import { changed, operatorLabel, operatorsOf, takesValue, type Condition, type ValueKind } from '../filter-form.ts';
import { shortText } from '../titles.ts';
import type { Fields } from '../use-fields.ts';
import { ConditionValue } from './ConditionValue.tsx';

interface Properties {
  readonly condition: Condition;
  /** Its place in the form, for its labels. */
  readonly number: number;
  readonly fields: Fields;
  readonly error: string | undefined;
  readonly onChange: (condition: Condition) => void;
  readonly onRemove: () => void;
}

const kinds = [
  { value: 'text', label: 'text' },
  { value: 'number', label: 'a number' },
  { value: 'boolean', label: 'yes or no' },
];

/** One condition: a field, an operator in words, a value that fits the field. */
export function ConditionRow({ condition, number, fields, error, onChange, onRemove }: Properties) {
  const field = fields.find(condition.field);
  const operators = operatorsOf(field.kind);
  const known = operators.some(({ value }) => value === condition.operator)
    ? operators
    : [...operators, { value: condition.operator, label: operatorLabel(condition.operator, field.kind) }];
  const update = (change: Partial<Condition>): void =>
    onChange(changed(condition, change, fields.find(change.field ?? condition.field)));
  const isUntyped = field.kind === 'any' && takesValue(condition.operator) !== 'none';
  return (
    <div role="group" aria-label={`Condition ${number}`}>
      <Group gap="xs" align="flex-start">
        <Select
          aria-label={`Field of condition ${number}`}
          data={fieldChoices(fields, field)}
          value={condition.field}
          onChange={(path) => path && update({ field: path })}
          searchable
          allowDeselect={false}
          maxDropdownHeight={320}
          style={{ flex: '2 1 12rem' }}
        />
        <Select
          aria-label={`Operator of condition ${number}`}
          data={known}
          value={condition.operator}
          onChange={(operator) => operator && update({ operator })}
          allowDeselect={false}
          style={{ flex: '1 1 9rem' }}
        />
        {isUntyped && (
          <Select
            aria-label={`Kind of value of condition ${number}`}
            data={kinds}
            value={condition.kind}
            onChange={(kind) => kind && update({ kind: kind as ValueKind })}
            allowDeselect={false}
            style={{ flex: '1 1 6rem' }}
          />
        )}
        <ConditionValue
          condition={condition}
          field={field}
          label={`Value of condition ${number}`}
          isFaulty={error !== undefined}
          onChange={(texts) => update({ texts })}
        />
        <ActionIcon variant="default" size={36} aria-label={`Remove condition ${number}`} onClick={onRemove}>
          <span aria-hidden>✕</span>
        </ActionIcon>
      </Group>
      {error !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          <Untrusted text={error} max={300} />
        </Text>
      )}
    </div>
  );
}

function fieldChoices(fields: Fields, current: Field) {
  const choice = ({ path, label }: Field) => ({ value: path, label: shortText(label) });
  const isKnown = fields.all.some(({ path }) => path === current.path);
  return [
    {
      group: 'What the event says',
      items: [...fields.payload, ...(isKnown ? [] : [current])].map(choice),
    },
    {
      group: 'About the event',
      items: fields.all.filter(({ path }) => path.startsWith('metadata.')).map(choice),
    },
  ];
}
