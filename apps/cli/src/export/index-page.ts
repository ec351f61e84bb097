/** What an export holds, for its index page and its manifest. */
export interface ExportContent {
  readonly format: 1;
  readonly datakeep: string;
  /** The moment that the export is of, ISO 8601. */
  readonly createdDate: string;
  readonly profiles: readonly {
    readonly name: string;
    readonly title?: string;
    readonly schema: string;
    readonly events: string;
    readonly count: number;
  }[];
  /** Lines of each file. */
  readonly files: Readonly<Record<string, number>>;
  readonly views: readonly { readonly name: string; readonly version: number; readonly folder: string }[];
}

const meanings: Readonly<Record<string, string>> = {
  'apps.ndjson': 'The apps that have or had a place in the keep',
  'permissions.ndjson': 'What each app asked for, what it was given, and when',
  'audit.ndjson': 'Who did what, newest first, each entry with the hash of the one before',
  'view-templates.ndjson': 'The views, in each version that is kept',
  'view-instances.ndjson': 'What apps made of them',
  'runs.ndjson': 'Runs and their results, as far as they are kept',
};

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => escapes[sign]!);
const link = (path: string, text: string): string =>
  `<a href="${escaped(path.split('/').map(encodeURIComponent).join('/'))}">${escaped(text)}</a>`;
const number = new Intl.NumberFormat('en');

/** A page that a person can read, in any browser and without a keep. */
export function indexPage({ datakeep, createdDate, profiles, files, views }: ExportContent): string {
  const events = profiles.reduce((sum, { count }) => sum + count, 0);
  const row = (...cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Export of a keep</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
:root { color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid; padding: 0.3rem 0.6rem 0.3rem 0; text-align: start; overflow-wrap: anywhere; }
</style>
<h1>Export of a keep</h1>
<p>All that was in it at ${escaped(createdDate)}, by Datakeep ${escaped(datakeep)}: ${number.format(events)} events.
Every file is text: JSON Schema, NDJSON (one JSON text a line), and source code.</p>
<h2>Data</h2>
<table>
<tr><th>Kind</th><th>Events</th><th>As</th><th>Described by</th></tr>
${profiles
  .map(({ name, title, schema, events: file, count }) =>
    row(
      title === undefined ? escaped(name) : `${escaped(title)} (${escaped(name)})`,
      number.format(count),
      link(file, 'NDJSON'),
      link(schema, 'JSON Schema'),
    ),
  )
  .join('\n')}
</table>
<h2>Who may do what, and who did</h2>
<table>
<tr><th>File</th><th>Lines</th><th>What it has</th></tr>
${Object.entries(files)
  .map(([file, lines]) => row(link(file, file), number.format(lines), escaped(meanings[file] ?? '')))
  .join('\n')}
</table>
<h2>Code of views</h2>
<ul>
${views.map(({ name, version, folder }) => `<li>${link(`${folder}/`, `${name}, version ${version}`)}</li>`).join('\n')}
</ul>
</html>
`;
}
