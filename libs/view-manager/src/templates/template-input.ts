import {
  executionLimitRanges,
  rights as allRights,
  type NeededPermission,
  type NewViewTemplate,
  type ProfileCatalogue,
  type Right,
  type TemplateLimits,
} from '@datakeep/contracts';
import { faultOfName, faultOfText, InputErrors } from '@datakeep/kernel';

/** Lengths in code points. */
const maxNameLength = 200;
const maxDescriptionLength = 2000;
const maxNeededPermissions = 20;

function checkText(
  errors: InputErrors,
  pointer: string,
  text: string | undefined,
  [min, max]: readonly [number, number],
  faultOf: (text: string) => string | undefined,
): void {
  if (text === undefined) return;
  if (!text.isWellFormed()) return errors.add(pointer, 'lone-surrogate', 'Holds half of a surrogate pair.');
  const { length } = [...text];
  if (length < min || length > max)
    return errors.add(pointer, 'range', `Takes ${min} to ${max} characters; this has ${length}.`);
  const fault = faultOf(text);
  if (fault !== undefined) errors.add(pointer, 'format', fault);
}

function checkLimits(errors: InputErrors, limits: TemplateLimits): void {
  for (const [name, value] of Object.entries(limits)) {
    const pointer = `/limits/${name}`;
    const range = Object.hasOwn(executionLimitRanges, name)
      ? executionLimitRanges[name as keyof TemplateLimits]
      : undefined;
    if (!range) errors.add(pointer, 'unknown-member', 'There is no such limit.');
    else if (!Number.isInteger(value) || value < range.least || value > range.most)
      errors.add(pointer, 'range', `Takes a whole number of ${range.unit} from ${range.least} to ${range.most}.`);
  }
}

function checkPermissions(errors: InputErrors, permissions: readonly NeededPermission[]): void {
  if (permissions.length > maxNeededPermissions)
    return errors.add('/permissions', 'range', `A template needs at most ${maxNeededPermissions} permissions.`);
  for (const [index, { rights }] of permissions.entries()) {
    const pointer = `/permissions/${index}/rights`;
    if (rights.length === 0) errors.add(pointer, 'range', 'Name at least one right.');
    for (const [at, right] of rights.entries())
      if (!allRights.includes(right)) errors.add(`${pointer}/${at}`, 'enum', `Is one of ${allRights.join(', ')}.`);
  }
}

/**
 * Entries of one profile become one with the rights of all, in the order of first mention; rights are in the order of
 * the catalogue.
 */
export function mergePermissions(permissions: readonly NeededPermission[]): NeededPermission[] {
  const byProfile = new Map<string, Set<Right>>();
  for (const { profile, rights } of permissions)
    byProfile.set(profile, (byProfile.get(profile) ?? new Set<Right>()).union(new Set(rights)));
  return [...byProfile].map(([profile, rights]) => ({
    profile,
    rights: allRights.filter((right) => rights.has(right)),
  }));
}

type Texts = { readonly name?: string | undefined; readonly description?: string | undefined };

/** What is wrong with a template, whatever the keep has. `texts`: see `checkTemplate`. */
export function templateFaults(
  { permissions, limits }: Pick<NewViewTemplate, 'permissions' | 'limits'>,
  texts: Texts,
): InputErrors {
  const errors = new InputErrors();
  checkText(errors, '/name', texts.name, [1, maxNameLength], faultOfName);
  checkText(errors, '/description', texts.description, [0, maxDescriptionLength], faultOfText);
  checkPermissions(errors, permissions);
  if (limits) checkLimits(errors, limits);
  return errors;
}

/**
 * Throws 422 with every illegal field; the execution service checks the source files. `texts` are the description
 * fields in the request: stored ones that are not in it are not checked again.
 */
export async function checkTemplate(
  template: NewViewTemplate,
  runtimes: ReadonlySet<string>,
  profiles: ProfileCatalogue,
  texts: Texts = template,
): Promise<void> {
  const errors = templateFaults(template, texts);
  if (!runtimes.has(template.runtime)) {
    const known = [...runtimes].join(', ') || '(no runtime is configured)';
    errors.add('/runtime', 'unknown-runtime', `Is one of ${known}.`);
  }
  for (const [index, { profile }] of template.permissions.slice(0, maxNeededPermissions).entries())
    if (!(await profiles.find(profile)))
      errors.add(`/permissions/${index}/profile`, 'unknown-profile', 'There is no profile of that name.');
  errors.throwIfAny();
}
