type JsonObject = Readonly<Record<string, unknown>>;

/** The members of what should be an object; none where it is none. */
export const membersOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** A number, also where it stands as a text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A text that is not empty, cut to its longest. Half a surrogate pair, which no keep takes, becomes U+FFFD. */
export const wordsOf = (value: unknown, longest: number): string | undefined =>
  (typeof value === 'string' && value.trim().slice(0, longest).toWellFormed()) || undefined;

/** Without the members that are undefined. */
export const withoutUndefined = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
