import { KeepError } from '../../../../clients/typescript/src/index.ts';
import { loggedIn } from '../developer/login-file.ts';
import { unknownProfile } from '../developer/rights.ts';
import { pythonTypes } from '../developer/python-types.ts';
import { WrongUse } from '../outcome.ts';

export interface TypesOptions {
  readonly profile?: string;
  readonly language?: string;
}

const printers: Readonly<Record<string, (profile: string, schema: unknown) => string>> = {
  typescript: typescriptModule,
  python: pythonModule,
};

const noProfile =
  'The keep has no profile yet. Register one as an app (`datakeep init FOLDER` writes one that does), or make one in ' +
  'the Control Centre: Data, New profile.\n';

/** Prints a module with the type of a profile's payloads; without a name, the names of all profiles. */
export async function types({ profile, language = 'typescript' }: TypesOptions): Promise<void> {
  const print = Object.hasOwn(printers, language) ? printers[language] : undefined;
  if (!print)
    throw new WrongUse(
      `--language ${JSON.stringify(language)} is not legal: expected ${Object.keys(printers).join(' or ')}.`,
    );
  const { profiles } = loggedIn();
  if (profile === undefined) {
    let isNone = true;
    for await (const { name } of profiles.list()) {
      isNone = false;
      process.stdout.write(`${name}\n`);
    }
    if (isNone) process.stderr.write(noProfile);
    return;
  }
  const { schema } = await profiles.get(profile).catch((error: unknown) => {
    throw error instanceof KeepError && error.is('not-found') ? unknownProfile(profile, error) : error;
  });
  process.stdout.write(print(profile, schema));
}

/** The schema, of which the client makes the type. */
function typescriptModule(profile: string, schema: unknown): string {
  const type = typeNameOf(profile);
  const constant = `${type[0]!.toLowerCase()}${type.slice(1)}Schema`;
  return [
    `// ${JSON.stringify(profile)}, by \`datakeep types\`.`,
    "import type { PayloadOf } from '@datakeep/client';",
    '',
    `export const ${constant} = ${JSON.stringify(schema, undefined, 2)} as const;`,
    '',
    `export type ${type} = PayloadOf<typeof ${constant}>;`,
    '',
  ].join('\n');
}

function pythonModule(profile: string, schema: unknown): string {
  const from = `# ${JSON.stringify(profile)}, by \`datakeep types --language python\`.`;
  return `${from}\n${pythonTypes(schema, typeNameOf(profile)).trimEnd()}\n`;
}

/** `diary.example/daily-note` is `DailyNote`. */
export function typeNameOf(profile: string): string {
  const words = profile.slice(profile.lastIndexOf('/') + 1).match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return /^[A-Z]/.test(name) ? name : `Payload${name}`;
}
