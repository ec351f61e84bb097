export interface NewFile {
  readonly path: string;
  readonly content: string;
}

export interface NewApp {
  readonly name: string;
  /** The client, as npm or pip takes it: a version, a tarball, a folder. */
  readonly client: string;
}

/** A diary of thirty lines: associates, asks for its rights, keeps a note, prints the last ones. */
export function appFiles({ name, client }: NewApp): readonly NewFile[] {
  const manifest = {
    name: packageNameOf(name),
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts: { start: 'node app.ts' },
    dependencies: { '@datakeep/client': client },
  };
  return [
    { path: 'package.json', content: `${JSON.stringify(manifest, undefined, 2)}\n` },
    { path: 'app.ts', content: program },
    { path: 'README.md', content: readme },
    { path: '.gitignore', content: 'node_modules/\ntoken\n' },
  ];
}

/** What npm takes for a name. */
const packageNameOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'app';

const program = `// npm start -- URL ASSOCIATION-TOKEN [NOTE] the first time, npm start -- URL [NOTE] from then on
import { existsSync } from 'node:fs';
import { Datakeep } from '@datakeep/client';
import { tokenFile } from '@datakeep/client/token-file';

const schema = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string' }, mood: { enum: ['good', 'bad'] } },
  additionalProperties: false,
} as const;

const tokens = tokenFile('token'); // as secret as a password
const [url = 'http://127.0.0.1:8020', ...rest] = process.argv.slice(2);
const keep = existsSync('token')
  ? Datakeep.connect({ url, tokens })
  : await Datakeep.associate({ url, associationToken: rest.shift() ?? '', name: 'Diary', tokens });
const text = rest.join(' ') || 'Hello';

const notes = await keep.profiles.register('diary.example/note', schema); // payloads are typed
console.error('Waiting for your yes: Control Centre, Requests');
const { missing } = await keep.permissions.ensure({
  profile: notes,
  rights: ['read', 'create'],
  message: 'To keep your diary',
});
if (missing.length > 0) throw new Error(\`Without \${missing.join(', ')} there is no diary.\`);

await keep.events.create([{ profile: notes, payload: { text, mood: 'good' } }]);
for await (const { metadata, payload } of keep.events.query({ profile: notes, limit: 10 }))
  console.log(metadata.createdDate, payload.text);
`;

const readme = `# Diary

An app of a Datakeep. In the Control Centre make an app under *Apps*, and a one-time association token for it. Then,
with Node from 22.18 on, which runs TypeScript as it is:

    npm install
    npm start -- http://127.0.0.1:8020 ASSOCIATION-TOKEN 'My first note'

It asks for its rights, and waits until you grant them under *Requests*. The app's own token is in the file \`token\`.
`;
