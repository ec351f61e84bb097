import { countText } from '../../components/ui/numbers.ts';
import { memberText } from '../../components/ui/member-text.ts';

/** Longer texts are cut in a table; the event's page has them whole. */
const longest = 80;
const mostElements = 10;

/** A value of a payload for one cell. */
export function cellText(value: unknown): string {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object' || value === null) return String(value);
  if (!Array.isArray(value)) return cut(memberText(value));
  if (value.some((element) => typeof element === 'object' && element !== null))
    return countText(value.length, 'element');
  const shown = value.slice(0, mostElements).map((element) => cut(String(element)));
  return cut(value.length > mostElements ? `${shown.join(', ')}, …` : shown.join(', '));
}

function cut(text: string): string {
  if (text.length <= longest) return text;
  const characters = Array.from(text.slice(0, longest * 2));
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : text;
}
