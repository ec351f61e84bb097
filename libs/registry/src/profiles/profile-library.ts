import { readdirSync, readFileSync } from 'node:fs';

/** A profile that every keep has the schema of, so that apps of different authors mean the same by its name. */
export interface LibraryProfile {
  /** @example "library/calendar-event" */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** A JSON Schema, dialect 2020-12, with an example in it. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Names that begin with it are the library's: no other schema is registered by one. */
export const libraryPrefix = 'library/';

/** profiles/ of the repository; a build has a copy at the same place. */
const folder = new URL('../../../../profiles/', import.meta.url);

let library: ReadonlyMap<string, LibraryProfile> | undefined;

/** The profiles of the library by name, in the order of their names. They are read at the first use. */
export function profileLibrary(): ReadonlyMap<string, LibraryProfile> {
  library ??= new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .toSorted()
      .map((file) => readProfile(file))
      .map((profile) => [profile.name, profile]),
  );
  return library;
}

function readProfile(file: string): LibraryProfile {
  const schema = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as LibraryProfile['schema'];
  const { title, description } = schema as { readonly title: string; readonly description: string };
  return { name: `${libraryPrefix}${file.slice(0, -'.json'.length)}`, title, description, schema };
}
