import { NumberInput, SimpleGrid, Text } from '../../../components/ui/mantine.ts';
import { placeOf } from '../../../api/problem.ts';
import type { Limits } from '../draft.ts';

const fields: readonly { readonly name: keyof Limits; readonly label: string; readonly fallback: number }[] = [
  { name: 'wallTimeMs', label: 'Time, ms', fallback: 5000 },
  { name: 'cpuTimeMs', label: 'Processor time, ms', fallback: 5000 },
  { name: 'memoryMiB', label: 'Memory, MiB', fallback: 192 },
  { name: 'inputEvents', label: 'Events that it may read', fallback: 10_000 },
  { name: 'resultBytes', label: 'Result, bytes', fallback: 1_048_576 },
  { name: 'logBytes', label: 'Log, bytes', fallback: 65_536 },
];

interface Properties {
  readonly value: Limits;
  readonly error: unknown;
  readonly onChange: (value: Limits) => void;
}

/** Limits of one run, where they differ from the keep's own. */
export function LimitsField({ value, error, onChange }: Properties) {
  const faulty = fields.some(({ name }) => placeOf(error, `/limits/${name}`) !== undefined);
  return (
    <details open={faulty || undefined}>
      <summary>Limits of a run</summary>
      <Text size="sm" c="dimmed" mt="xs">
        What is left empty is as the keep has it, in grey.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} mt="sm">
        {fields.map(({ name, label, fallback }) => (
          <NumberInput
            key={name}
            label={label}
            placeholder={fallback.toLocaleString()}
            min={1}
            allowDecimal={false}
            thousandSeparator=","
            value={value[name] ?? ''}
            error={placeOf(error, `/limits/${name}`)}
            onChange={(number) => {
              const { [name]: _before, ...others } = value;
              onChange(typeof number === 'number' ? { ...others, [name]: number } : others);
            }}
          />
        ))}
      </SimpleGrid>
    </details>
  );
}
