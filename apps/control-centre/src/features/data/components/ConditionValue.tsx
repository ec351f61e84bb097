import { useAppChoices } from '../../../api/lookups.ts';
import { MultiSelect, Select, TagsInput, TextInput } from '../../../components/ui/mantine.ts';
import type { Field } from '../fields.ts';
import { takesValue, type Condition } from '../filter-form.ts';
import { shortText } from '../titles.ts';

interface Properties {
  readonly condition: Condition;
  readonly field: Field;
  readonly label: string;
  readonly isFaulty: boolean;
  readonly onChange: (texts: readonly string[]) => void;
}

const style = { flex: '2 1 12rem' };

/** The value of a condition, by an input that fits what it is compared with. */
export function ConditionValue({ condition, field, label, isFaulty, onChange }: Properties) {
  const { operator, kind, texts } = condition;
  const isSource = condition.field === 'metadata.source';
  const apps = useAppChoices(isSource);
  const takes = takesValue(operator);
  if (takes === 'none') return null;
  const common = { 'aria-label': label, error: isFaulty, style };
  const [text = ''] = texts;

  const choices = isSource
    ? apps.data?.map(({ id, name }) => ({ value: id, label: shortText(name) }))
    : field.choices?.map((choice) => ({ value: choice, label: shortText(choice) }));
  if (choices && (operator === 'eq' || operator === 'ne' || takes === 'list')) {
    const data = [...choices, ...missing(choices, texts)];
    return takes === 'list' ? (
      <MultiSelect {...common} data={data} value={[...texts]} onChange={onChange} searchable limit={100} />
    ) : (
      <Select
        {...common}
        data={data}
        value={text === '' ? null : text}
        onChange={(choice) => onChange([choice ?? ''])}
        allowDeselect={false}
        searchable
        limit={100}
      />
    );
  }
  if (takes === 'list')
    return <TagsInput {...common} value={[...texts]} onChange={onChange} placeholder="Enter after each" />;
  if (kind === 'boolean')
    return (
      <Select
        {...common}
        data={[
          { value: 'true', label: 'yes (true)' },
          { value: 'false', label: 'no (false)' },
        ]}
        value={text}
        onChange={(choice) => onChange([choice ?? 'true'])}
        allowDeselect={false}
      />
    );
  if (kind === 'date')
    return (
      <TextInput
        {...common}
        type="datetime-local"
        step={1}
        value={localTime(text)}
        onChange={(event) => onChange([instantOf(event.currentTarget.value)])}
      />
    );
  return (
    <TextInput
      {...common}
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      autoComplete="off"
      value={text}
      onChange={(event) => onChange([event.currentTarget.value])}
    />
  );
}

/** What is chosen but is no choice (any more) stays to be seen. */
function missing(choices: readonly { readonly value: string }[], texts: readonly string[]) {
  const known = new Set(choices.map(({ value }) => value));
  return [...new Set(texts)]
    .filter((text) => text !== '' && !known.has(text))
    .map((text) => ({ value: text, label: shortText(text) }));
}

/** An instant as `datetime-local` writes it, in the browser's zone. */
function localTime(text: string): string {
  const at = new Date(text);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  if (Number.isNaN(local.getTime())) return '';
  return local
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '');
}

function instantOf(local: string): string {
  const at = new Date(local);
  return local === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
