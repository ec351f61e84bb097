/**
 * The bound on rows and text of one page of changes, whatever the limit: beyond it the page ends early and says that
 * more may follow.
 */
export const changePageRows = 5000;
export const changePageUnits = 4 * 1024 * 1024;
export const changesKeptMs = 30 * 86_400_000;
