import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemFault } from '@datakeep/backup';
import { isObject } from '@datakeep/kernel';
import { NotDone } from '../../outcome.ts';

/** Ids of the view's template by the URL of the keep, beside its source; nothing of it is secret. */
const noteFile = (folder: string): string => join(folder, '.datakeep.json');

/** The template of this view in that keep, where it was pushed before. */
export function notedTemplate(folder: string, url: string): string | undefined {
  const id = readNote(folder)[url];
  return typeof id === 'string' ? id : undefined;
}

export function noteTemplate(folder: string, url: string, id: string): void {
  const templates = { ...readNote(folder), [url]: id };
  try {
    writeFileSync(noteFile(folder), `${JSON.stringify({ templates }, undefined, 2)}\n`);
  } catch (error) {
    const why = systemFault(error);
    throw new NotDone(`The view template is ${id}, which could not be noted in ${noteFile(folder)}: ${why}.`, {
      cause: error,
    });
  }
}

function readNote(folder: string): Readonly<Record<string, unknown>> {
  const file = noteFile(folder);
  try {
    const note: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isObject(note) && isObject(note['templates'])) return note['templates'];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    if (!(error instanceof SyntaxError)) throw new NotDone(`${file} cannot be read: ${systemFault(error)}.`);
  }
  throw new NotDone(`${file} is damaged: remove it, and the next push makes a new view template.`);
}
