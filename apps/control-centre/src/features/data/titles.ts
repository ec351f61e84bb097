import type { Profile } from '../../api/operations.ts';
import { titleOfSchema } from '../../components/names/profile-title.ts';
import { visibleText } from '../../components/ui/visible-text.ts';

function cut(text: string, max: number): string {
  const characters = Array.from(text.slice(0, max * 2));
  return characters.length > max ? `${characters.slice(0, max).join('')}…` : text;
}

/** What the schema calls itself, or the profile's name: an app's words, made visible and cut to size. */
export function titleOf({ name, schema }: Profile): string {
  return visibleText(cut(titleOfSchema(schema) ?? name, 80));
}

export function shortText(text: string, max = 60): string {
  return visibleText(cut(text, max));
}
