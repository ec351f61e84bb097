import { TextInput } from './mantine.ts';

interface Properties {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** Above a list that is searched by name. */
export function SearchField({ label, text, onChange }: Properties) {
  return (
    <TextInput
      type="search"
      label={label}
      maw={360}
      autoComplete="off"
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Whether one of the texts has what is searched for. Nothing searched for is in none. */
export function isFound(text: string, ...inTexts: readonly (string | undefined)[]): boolean {
  const wanted = text.trim().toLowerCase();
  return inTexts.some((one) => one?.toLowerCase().includes(wanted));
}
