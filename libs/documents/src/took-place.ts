import { DocumentConflict } from './document-store.ts';

/**
 * Whether a commit took place: false where it met a `DocumentConflict`, so that nothing has changed. Rejects with any
 * other error.
 */
export async function tookPlace(commit: Promise<void>): Promise<boolean> {
  try {
    await commit;
    return true;
  } catch (error) {
    if (error instanceof DocumentConflict) return false;
    throw error;
  }
}
