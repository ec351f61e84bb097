import { useProfileChoices } from '../../../api/lookups.ts';
import { placeOf } from '../../../api/problem.ts';
import { rightLabels, rightsInOrder } from '../../../components/names/rights.ts';
import { Button, Checkbox, Fieldset, Group, Select, Stack, Text } from '../../../components/ui/mantine.ts';
import { visibleText } from '../../../components/ui/visible-text.ts';
import type { Needed } from '../draft.ts';

interface Properties {
  readonly value: readonly Needed[];
  /** The refusal of the template: a fault of a row is shown there. */
  readonly error: unknown;
  readonly onChange: (value: readonly Needed[]) => void;
}

/** The profiles and rights that the code needs: each is asked of the owner once for every instance. */
export function PermissionsField({ value, error, onChange }: Properties) {
  const profiles = useProfileChoices();
  const whole = placeOf(error, '/permissions');
  const change = (index: number, needed: Needed): void =>
    onChange(value.map((one, other) => (other === index ? needed : one)));
  return (
    <Fieldset legend="What it needs">
      <Stack gap="sm">
        {value.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing: it can read no event.
          </Text>
        )}
        {value.map((needed, index) => (
          <Group key={index} align="flex-end" wrap="wrap">
            <Select
              label="Profile"
              searchable
              limit={100}
              data={(profiles.data ?? []).map(({ name }) => ({ value: name, label: visibleText(name) }))}
              value={needed.profile === '' ? null : needed.profile}
              error={
                placeOf(error, `/permissions/${index}/profile`) ??
                placeOf(error, `/permissions/${index}/rights`) ??
                placeOf(error, `/permissions/${index}`)
              }
              onChange={(profile) => change(index, { ...needed, profile: profile ?? '' })}
              flex="1 1 14rem"
            />
            <Group gap="md" role="group" aria-label="Rights">
              {rightsInOrder.map((right) => (
                <Checkbox
                  key={right}
                  label={rightLabels[right]}
                  checked={needed.rights.includes(right)}
                  onChange={({ currentTarget: { checked } }) =>
                    change(index, {
                      ...needed,
                      rights: rightsInOrder.filter((one) => (one === right ? checked : needed.rights.includes(one))),
                    })
                  }
                />
              ))}
            </Group>
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => onChange(value.filter((_, other) => other !== index))}
            >
              Take away
            </Button>
          </Group>
        ))}
        {whole !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {whole}
          </Text>
        )}
        <Button
          variant="default"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => onChange([...value, { profile: '', rights: ['read'] }])}
        >
          Add a profile
        </Button>
      </Stack>
    </Fieldset>
  );
}
