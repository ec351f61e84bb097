import { mongo } from 'mongoose';

/*
 * The shadow of a payload: the same JSON with member names that no server reads as anything but a name. BSON paths take `.` apart, `$` for
 * operators and digits for places in arrays; none of these is left of a name here. Two names never become one.
 */

const special = /^[0-9]+$|[~.$]|^$/;

const escapes: Readonly<Record<string, string>> = { '~': '~0', '.': '~1', $: '~2' };

/** A member's name as it stands in the shadow. `~n` marks a number that is a name, a lone `~` the empty name. */
export function shadowName(name: string): string {
  if (!special.test(name)) return name;
  if (name === '') return '~';
  if (/^[0-9]+$/.test(name)) return `~n${name}`;
  return name.replaceAll(/[~.$]/g, (character) => escapes[character] as string);
}

/** Where a `payload.…` field stands in an event's record. */
export function shadowPath(field: string): string {
  return field
    .split('.')
    .map((step, index) => (index === 0 ? step : shadowName(step)))
    .join('.');
}

/** A record has at most 16 MiB of BSON; its text and the rest take up to 5 of them. */
const maxShadowBytes = 11 * 1024 * 1024;
/** BSON takes up to 8 bytes for one of JSON (`1,` in an array): shorter texts always fit. */
const alwaysFits = 1024 * 1024;

/** The shadow of an object's JSON text; undefined where it does not fit into a record. */
export function shadowOf(payload: string): Record<string, unknown> | undefined {
  const made = shadow(JSON.parse(payload)) as Record<string, unknown>;
  if (payload.length > alwaysFits && mongo.BSON.calculateObjectSize(made) > maxShadowBytes) return undefined;
  return made;
}

function shadow(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // An array directly in an array is not looked into (docs/query-language.md), and some servers cannot hold one.
  if (Array.isArray(value)) return value.map((element) => (Array.isArray(element) ? {} : shadow(element)));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) copy[shadowName(name)] = shadow(member);
  return copy;
}
