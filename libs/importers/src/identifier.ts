import { createHash } from 'node:crypto';

/** By importer and natural key: the same file twice adds nothing, nor does another file with the same event. */
export function identifierOf(importer: string, key: readonly unknown[]): string {
  return `${importer}:${createHash('sha256').update(JSON.stringify(key)).digest('base64url')}`;
}
