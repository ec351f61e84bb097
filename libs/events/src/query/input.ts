import type { CompiledProfile, ProfileCatalogue } from '@datakeep/contracts';
import { DatakeepError, type InputErrors } from '@datakeep/kernel';

/** What `read` makes of the elements of a list, without those that it refuses; none where there is no list. */
export function listOf<T>(
  value: unknown,
  pointer: string,
  most: number,
  issues: InputErrors,
  read: (entry: unknown, pointer: string) => T | undefined,
): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) issues.add(pointer, 'type', 'expected a list');
  else if (value.length > most) issues.add(pointer, 'too-complex', `at most ${most} stand here`);
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

/** Whether a string takes more UTF-8 bytes than `bytes`; counts them only where the length leaves it open. */
export function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
