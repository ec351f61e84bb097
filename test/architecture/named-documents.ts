import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const decisions = new Set(readdirSync(join(root, 'docs/adr')).map((name) => Number(name.slice(0, 4))));

/** A comment of TypeScript, JavaScript, Java, CSS, Python, a shell or YAML: from its mark to the end of its line. */
const comment = /(?:^\s*\*|\/\*|(?<!:)\/\/|^\s*#|\s#\s|""")(.*)$/gm;
const document = /[\w./-]*\w\.md\b/g;
const folderOutside = /\b(?:notes|shared)\/\w[\w.-]*/g;
const decision = /\bADRs? (\d+)/g;

/**
 * What the comments of a file name and this repository has not: a document, looked for from the root, from `docs` and
 * from the file's own folder; a note of its authors; a decision by its number.
 */
export function missingDocuments(path: string, text: string): string[] {
  const missing: string[] = [];
  const folders = [root, join(root, 'docs'), join(root, dirname(path))];
  for (const [, said = ''] of text.matchAll(comment)) {
    for (const [name] of said.matchAll(document))
      if (!folders.some((folder) => existsSync(join(folder, name)))) missing.push(name);
    for (const [name] of said.matchAll(folderOutside)) if (!name.endsWith('.md')) missing.push(name);
    for (const [name, number] of said.matchAll(decision)) if (!decisions.has(Number(number))) missing.push(name);
  }
  return missing;
}
