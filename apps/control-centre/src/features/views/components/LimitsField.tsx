import { NumberInput, SimpleGrid, Text } from '../../../components/ui/mantine.ts';
import { numberMarks } from '../../../components/ui/numbers.ts';
import { placeOf } from '../../../api/problem.ts';
import { limitFields, type Limits } from '../limits.ts';

interface Properties {
  readonly value: Limits;
  readonly error: unknown;
  readonly onChange: (value: Limits) => void;
}

/** Limits of one run, where they differ from the keep's own. */
export function LimitsField({ value, error, onChange }: Properties) {
  const faulty = limitFields.some(({ name }) => placeOf(error, `/limits/${name}`) !== undefined);
  return (
    <details open={faulty || undefined}>
      <summary>Limits of a run</summary>
      <Text size="sm" c="dimmed" mt="xs">
        What is left empty is as the keep has it, in grey.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} mt="sm">
        {limitFields.map(({ name, label, fallback }) => (
          <NumberInput
            key={name}
            label={label}
            placeholder={fallback.toLocaleString()}
            min={1}
            allowDecimal={false}
            {...numberMarks}
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
