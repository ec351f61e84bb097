import { placeCodes, type ProblemEntry, problems, runErrors } from '@datakeep/kernel';

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/`([^`]*)`/g, '<code>$1</code>');

const rows = (table: Readonly<Record<string, string>>): string =>
  Object.entries(table)
    .map(([code, text]) => `<tr id="${code}"><td><code>${code}</code></td><td>${escape(text)}</td></tr>`)
    .join('\n');

const problemRows = Object.entries(problems as Record<string, ProblemEntry>)
  .map(
    ([code, { status, title, remedy }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td>` +
      `<td>${escape(title)}</td><td>${escape(remedy)}</td></tr>`,
  )
  .join('\n');

/** The error catalogue as a page; each code is an anchor. */
export const problemsPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Datakeep: errors</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}
td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-top:1px solid #ddd}
:target{background:#ffd}</style></head>
<body><h1>Errors</h1>
<p>Every error is an <code>application/problem+json</code> document (RFC 9457) with one of these codes.</p>
<table><tr><th>code</th><th>status</th><th>title</th><th>what to do</th></tr>
${problemRows}
</table>
<h2>Codes of places</h2><table><tr><th>errors[].code</th><th>meaning</th></tr>
${rows(placeCodes)}
</table>
<h2>Codes of failed runs</h2><table><tr><th>run.error.code</th><th>meaning</th></tr>
${rows(runErrors)}
</table></body></html>
`;
