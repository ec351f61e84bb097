import type { CompiledProfile, FieldKind } from '@datakeep/contracts';
import type { InputErrors } from '@datakeep/kernel';
import { queryLimits } from './query-limits.ts';
import { isLongerThan } from './input.ts';

const metadataKinds: Readonly<Record<string, FieldKind>> = {
  'metadata.identifier': 'string',
  'metadata.profile': 'string',
  'metadata.source': 'string',
  'metadata.createdDate': 'date',
  'metadata.acceptedDate': 'date',
  'metadata.version': 'number',
  'metadata.modifiedBy': 'string',
};

/** The kind of a metadata field, or undefined when it is none. */
export function metadataKind(field: string): FieldKind | undefined {
  return Object.hasOwn(metadataKinds, field) ? metadataKinds[field] : undefined;
}

/** Member names after `payload.`; `payload.a.b` is `['a', 'b']`. Only for a field without a `fieldFault`. */
export function payloadPath(field: string): string[] {
  return field.slice('payload.'.length).split('.');
}

function hasControl(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

/**
 * Why `field` cannot be addressed, or undefined when it can: a metadata field, or `payload.` and dotted member names. A
 * name is not empty, does not start with `$` and has no control characters; it may hold anything else, also spaces and
 * digits.
 */
export function fieldFault(field: string): string | undefined {
  if (metadataKind(field) !== undefined) return undefined;
  if (isLongerThan(field, queryLimits.stringBytes)) return `a field takes at most ${queryLimits.stringBytes} bytes`;
  if (field.startsWith('metadata.'))
    return 'metadata has identifier, profile, source, createdDate, acceptedDate, version and modifiedBy';
  if (!field.startsWith('payload.')) return 'a field starts with `payload.` or `metadata.`';
  const path = payloadPath(field);
  if (path.length > queryLimits.pathSegments) return `a path has at most ${queryLimits.pathSegments} names`;
  for (const name of path) {
    if (name === '') return 'a path has no empty names';
    if (name.startsWith('$')) return 'a name in a path does not start with `$`';
    if (hasControl(name)) return 'a name in a path has no control characters';
  }
  return undefined;
}

/** The field that `value` names; undefined where it names none, which `issues` then lists. */
export function fieldOf(value: unknown, pointer: string, issues: InputErrors): string | undefined {
  if (typeof value !== 'string') return void issues.wrong(value, pointer, 'type', 'a field is a string');
  const fault = fieldFault(value);
  return fault === undefined ? value : void issues.add(pointer, 'field', fault);
}

/** Kinds of legal fields, and those of them whose path may meet an array or that may be anything. */
export function kindsOf(
  fields: Iterable<string>,
  profile: CompiledProfile,
): { readonly kinds: Readonly<Record<string, FieldKind>>; readonly arrays: ReadonlySet<string> } {
  const kinds: Record<string, FieldKind> = {};
  const arrays = new Set<string>();
  for (const field of fields) {
    const ofMetadata = metadataKind(field);
    const { kind, arrays: meets } = ofMetadata
      ? { kind: ofMetadata, arrays: false }
      : profile.fieldKind(payloadPath(field));
    kinds[field] = kind;
    if (meets || kind === 'any') arrays.add(field);
  }
  return { kinds, arrays };
}
