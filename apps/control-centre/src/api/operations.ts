/** The generated types of the admin API (`npm run openapi`), by their operations' names. */
export type * from './generated/types.gen.ts';
