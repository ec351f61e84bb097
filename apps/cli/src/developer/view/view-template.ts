import type { NewViewTemplate } from '@datakeep/contracts';
import { isObject } from '@datakeep/kernel';
import { templateFaults } from '@datakeep/view-manager';

export type TemplateFields = Omit<NewViewTemplate, 'files'>;

/** What is wrong where: a JSON Pointer into template.json. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

const members = ['name', 'description', 'runtime', 'permissions', 'limits'];

/** The fields of template.json, or all that is wrong with them, by the keep's own rules. */
export function templateOf(value: unknown): TemplateFields | readonly Fault[] {
  if (!isObject(value)) return [{ pointer: '', detail: 'Is no JSON object.' }];
  const faults = shapeFaults(value);
  if (faults.length > 0) return faults;
  const template = value as unknown as TemplateFields;
  const { errors } = templateFaults(template, template);
  return errors.length > 0 ? errors : template;
}

function shapeFaults(value: Readonly<Record<string, unknown>>): Fault[] {
  const { name, description, runtime, permissions, limits } = value;
  const faults: Fault[] = [];
  const refuse = (pointer: string, detail: string): void => void faults.push({ pointer, detail });
  for (const member of Object.keys(value))
    if (!members.includes(member)) refuse(`/${member}`, `There is no such member; there are ${members.join(', ')}.`);
  if (typeof name !== 'string') refuse('/name', 'A name is needed.');
  if (description !== undefined && typeof description !== 'string') refuse('/description', 'Is no text.');
  if (typeof runtime !== 'string') refuse('/runtime', 'Is needed: javascript or python.');
  if (limits !== undefined && !isObject(limits)) refuse('/limits', 'Is no object.');
  if (!Array.isArray(permissions)) refuse('/permissions', 'Is needed: a list of { "profile", "rights" }.');
  else
    for (const [place, permission] of permissions.entries())
      if (!isPermission(permission))
        refuse(`/permissions/${place}`, 'Is no { "profile": "NAME", "rights": ["read"] }.');
  return faults;
}

const isPermission = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).every((member) => member === 'profile' || member === 'rights') &&
  typeof value['profile'] === 'string' &&
  Array.isArray(value['rights']) &&
  new Set(value['rights']).size === value['rights'].length;
