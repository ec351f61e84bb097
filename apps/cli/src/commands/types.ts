import { loggedIn } from '../developer/login-file.ts';

export interface TypesOptions {
  readonly profile: string;
}

/** Prints a TypeScript module: the schema of a profile, and the type of its payloads by the client. */
export async function types({ profile }: TypesOptions): Promise<void> {
  const { schema } = await loggedIn().profiles.get(profile);
  const type = typeNameOf(profile);
  const constant = `${type[0]!.toLowerCase()}${type.slice(1)}Schema`;
  process.stdout.write(
    [
      `// ${JSON.stringify(profile)}, by \`datakeep types\`.`,
      "import type { PayloadOf } from '@datakeep/client';",
      '',
      `export const ${constant} = ${JSON.stringify(schema, undefined, 2)} as const;`,
      '',
      `export type ${type} = PayloadOf<typeof ${constant}>;`,
      '',
    ].join('\n'),
  );
}

/** `diary.example/daily-note` is `DailyNote`. */
export function typeNameOf(profile: string): string {
  const words = profile.slice(profile.lastIndexOf('/') + 1).match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^[A-Z]/.test(name) ? name : `Payload${name}`;
}
