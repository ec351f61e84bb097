import { useState } from 'react';
import {
  Fieldset,
  Group,
  Paper,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '../../../components/ui/mantine.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importFlow } from '../flow.ts';
import { memberLabel } from '../titles.ts';
import type { Choices, Table as TableChoices } from '../worker/calls.ts';

const encodings = [
  { value: 'utf-8', label: 'UTF-8' },
  { value: 'windows-1252', label: 'Western European (Windows)' },
  { value: 'windows-1250', label: 'Central European (Windows)' },
  { value: 'windows-1251', label: 'Cyrillic (Windows)' },
  { value: 'utf-16le', label: 'UTF-16' },
];
const dateOrders = [
  { value: 'iso', label: 'Year-month-day' },
  { value: 'dmy', label: 'Day.month.year' },
  { value: 'mdy', label: 'Month/day/year' },
] as const;

interface Properties {
  readonly file: File;
  readonly choices: Choices;
  readonly table: TableChoices;
}

/** How the columns of a table are read: proposed by their names, and the owner's to change. */
export function TableForm({ file, choices, table }: Properties) {
  const { header, missing, profiles } = table;
  // What was chosen last, also while the file is looked at anew.
  const chosen = choices.mapping?.isComplete ? choices.mapping : {};
  const mapping = table.mapping && { ...table.mapping, ...chosen };
  const profile = profiles.find(({ name }) => name === mapping?.profile);
  const read = (change: Choices): void => void importFlow.look(file, { ...choices, importer: 'csv', ...change });
  const change = (columns: Readonly<Record<string, string>>, constants: Readonly<Record<string, string>>): void =>
    read({ mapping: { profile: mapping!.profile, columns, constants, isComplete: true } });
  const columns = mapping?.columns ?? {};
  const constants = mapping?.constants ?? {};
  const memberOf = (column: string): string | undefined =>
    Object.entries(columns).find(([, filledBy]) => filledBy === column)?.[0];
  const fill = (column: string, member: string | null): void => {
    const others = Object.entries(columns).filter(([name, filledBy]) => filledBy !== column && name !== member);
    const { [member ?? '']: _, ...rest } = constants;
    change(Object.fromEntries(member === null ? others : [...others, [member, column]]), rest);
  };
  const places = new Set(['latitude', 'longitude']);
  const [added, setAdded] = useState<readonly string[]>([]);
  const isShown = ({ name, isRequired }: Member): boolean => isRequired || name in constants || added.includes(name);
  const unfilled = profile?.members.filter(({ name }) => !(name in columns) && !places.has(name)) ?? [];
  return (
    <Paper withBorder p="md" maw={720}>
      <Stack gap="md">
        <Title order={2} size="h4">
          How the table is read
        </Title>
        <Select
          label="Each row is"
          placeholder="Choose"
          maw={320}
          allowDeselect={false}
          data={profiles.map(({ name, title }) => ({ value: name, label: title }))}
          value={mapping?.profile ?? null}
          error={
            mapping === undefined && header.length > 0
              ? 'The names of the columns fit no kind of event: choose one.'
              : undefined
          }
          onChange={(name) => name !== null && read({ mapping: { profile: name } })}
        />
        {profile && (
          <>
            <Table aria-label="Columns">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Column</Table.Th>
                  <Table.Th scope="col">Becomes</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {header.map((column, index) => (
                  <Table.Tr key={`${index} ${column}`}>
                    <Table.Th scope="row" fw={400}>
                      <Untrusted text={column} max={40} />
                    </Table.Th>
                    <Table.Td>
                      <Select
                        aria-label={`${column} becomes`}
                        clearable
                        clearButtonProps={{ 'aria-label': `Leave out ${column}` }}
                        placeholder="left out"
                        data={profile.members.map(optionOf)}
                        value={memberOf(column) ?? null}
                        onChange={(member) => fill(column, member)}
                      />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <Fieldset legend="The same for every row">
              <Stack gap="xs">
                {unfilled.filter(isShown).map(({ name }) => (
                  <Constant
                    key={`${profile.name} ${name}`}
                    label={memberLabel(name)}
                    value={constants[name] ?? ''}
                    error={missing.includes(name) ? 'Choose a column for it, or say it here.' : undefined}
                    onChange={(text) => {
                      const { [name]: _, ...rest } = constants;
                      change(columns, text === '' ? rest : { ...rest, [name]: text });
                    }}
                  />
                ))}
                <Select
                  label="Another one"
                  placeholder="Choose"
                  maw={320}
                  value={null}
                  data={unfilled.filter((member) => !isShown(member)).map(optionOf)}
                  onChange={(name) => name !== null && setAdded([...added, name])}
                />
              </Stack>
            </Fieldset>
            {missing.includes('geometry') && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert">
                A place needs a column for its latitude and one for its longitude.
              </Text>
            )}
          </>
        )}
        <Group align="flex-start">
          <Select
            label="Dates are written"
            data={dateOrders}
            value={choices.dates ?? 'iso'}
            allowDeselect={false}
            onChange={(dates) => dates !== null && read({ dates: dates as NonNullable<Choices['dates']> })}
          />
          <Select
            label="Decimals have a"
            data={[
              { value: '.', label: 'Point (1,234.5)' },
              { value: ',', label: 'Comma (1.234,5)' },
            ]}
            value={choices.decimal ?? '.'}
            allowDeselect={false}
            onChange={(decimal) => decimal !== null && read({ decimal: decimal as '.' | ',' })}
          />
          <Select
            label="Encoding"
            data={encodings}
            value={choices.encoding ?? 'utf-8'}
            allowDeselect={false}
            // The columns have other names in it.
            onChange={(encoding) => encoding !== null && read({ encoding, ...profileOf(choices) })}
          />
        </Group>
      </Stack>
    </Paper>
  );
}

type Member = TableChoices['profiles'][number]['members'][number];

function profileOf({ mapping: { profile } = {} }: Choices): Choices {
  return profile === undefined ? {} : { mapping: { profile } };
}

const optionOf = ({ name }: Member) => ({ value: name, label: memberLabel(name) });

interface ConstantProperties {
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (text: string) => void;
}

/** The preview is made again when the field is left. */
function Constant({ label, value, error, onChange }: ConstantProperties) {
  const [text, setText] = useState(value);
  return (
    <TextInput
      label={label}
      maw={320}
      value={text}
      error={error}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => text !== value && onChange(text)}
      onKeyDown={(event) => event.key === 'Enter' && text !== value && onChange(text)}
    />
  );
}
