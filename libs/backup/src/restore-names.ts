/** What a restore makes in DATA_DIR while it is under way. */
export const restoringFolder = '.restoring';
export const restoreJournal = 'restore-journal.json';
export const restoreLock = 'restore.lock';
