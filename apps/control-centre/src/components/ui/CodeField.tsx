import { TextInput } from './mantine.ts';

interface Properties {
  readonly value: string;
  readonly error?: string | undefined;
  readonly description: string;
  /** It has the focus once it appears. */
  readonly focused?: boolean;
  readonly onChange: (value: string) => void;
}

/** A code of the second factor. */
export function CodeField({ value, error, description, focused = false, onChange }: Properties) {
  return (
    <TextInput
      label="Code"
      name="code"
      autoComplete="one-time-code"
      required
      autoFocus={focused}
      maxLength={64}
      value={value}
      error={error}
      description={description}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
