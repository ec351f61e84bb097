/** NamespaceNotFound and IndexNotFound. */
const notFound = new Set([26, 27]);

/** For the `catch` of a drop: another process may have dropped the index first. */
export function unlessGone(error: unknown): void {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number' && notFound.has(error.code)) return;
  throw error;
}
