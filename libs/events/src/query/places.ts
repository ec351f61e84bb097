import type { CompiledProfile, ProfileCatalogue } from '@datakeep/contracts';
import { DatakeepError, maxReportedErrors, pointerSegment, type InputError, type PlaceCode } from '@datakeep/kernel';

/** Gathers what is wrong with an input, up to what an answer reports. */
export class Places {
  readonly errors: InputError[] = [];

  add(pointer: string, code: PlaceCode, detail: string): void {
    if (this.errors.length < maxReportedErrors) this.errors.push({ pointer, code, detail });
  }

  /** Adds a member that is not what it should be: `required` where it is missing. */
  wrong(value: unknown, pointer: string, code: PlaceCode, detail: string): void {
    this.add(pointer, value === undefined ? 'required' : code, detail);
  }

  throwIfAny(): void {
    if (this.errors.length > 0) throw DatakeepError.invalid(this.errors);
  }

  /** Adds each member that is not `known`; `has` is what there is, such as `a query has`. */
  onlyMembers(
    value: Readonly<Record<string, unknown>>,
    known: ReadonlySet<string>,
    has: string,
    { at = '', code = 'unknown-member' as PlaceCode } = {},
  ): void {
    for (const name of Object.keys(value))
      if (!known.has(name)) this.add(`${at}/${pointerSegment(name)}`, code, `${has} ${[...known].join(', ')}`);
  }
}

/** What `read` makes of the elements of a list, without those that it refuses; none where there is no list. */
export function listOf<T>(
  value: unknown,
  pointer: string,
  most: number,
  places: Places,
  read: (entry: unknown, pointer: string) => T | undefined,
): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) places.add(pointer, 'type', 'expected a list');
  else if (value.length > most) places.add(pointer, 'too-complex', `at most ${most} stand here`);
  else return value.flatMap((entry: unknown, index) => read(entry, `${pointer}/${index}`) ?? []);
  return [];
}

/** The profile of that name; 422 at `pointer` where there is none. */
export async function knownProfile(
  profiles: ProfileCatalogue,
  name: string,
  pointer: string,
): Promise<CompiledProfile> {
  const profile = await profiles.find(name);
  if (profile) return profile;
  throw DatakeepError.invalidAt(pointer, 'unknown-profile', 'there is no profile of that name');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a string takes more UTF-8 bytes than `bytes`; counts them only where the length leaves it open. */
export function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
