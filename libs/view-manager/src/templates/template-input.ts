import {
  executionLimitRanges,
  rights as allRights,
  type NeededPermission,
  type NewViewTemplate,
  type ProfileCatalogue,
  type Right,
  type TemplateLimits,
} from '@datakeep/contracts';
import { DatakeepError, faultOfName, faultOfText, type InputError } from '@datakeep/kernel';

/** Lengths in code points. */
const maxNameLength = 200;
const maxDescriptionLength = 2000;
const maxNeededPermissions = 20;

function textErrors(
  pointer: string,
  text: string | undefined,
  [min, max]: readonly [number, number],
  faultOf: (text: string) => string | undefined,
): InputError[] {
  if (text === undefined) return [];
  if (!text.isWellFormed()) return [{ pointer, code: 'lone-surrogate', detail: 'Holds half of a surrogate pair.' }];
  const length = [...text].length;
  if (length < min || length > max)
    return [{ pointer, code: 'range', detail: `Takes ${min} to ${max} characters; this has ${length}.` }];
  const fault = faultOf(text);
  return fault === undefined ? [] : [{ pointer, code: 'format', detail: fault }];
}

function limitErrors(limits: TemplateLimits): InputError[] {
  return Object.entries(limits).flatMap(([name, value]): InputError[] => {
    const pointer = `/limits/${name}`;
    const range = Object.hasOwn(executionLimitRanges, name)
      ? executionLimitRanges[name as keyof TemplateLimits]
      : undefined;
    if (!range) return [{ pointer, code: 'unknown-member', detail: 'There is no such limit.' }];
    const { least: min, most: max, unit } = range;
    return Number.isInteger(value) && value >= min && value <= max
      ? []
      : [{ pointer, code: 'range', detail: `Takes a whole number of ${unit} from ${min} to ${max}.` }];
  });
}

function permissionErrors(permissions: readonly NeededPermission[]): InputError[] {
  if (permissions.length > maxNeededPermissions)
    return [
      {
        pointer: '/permissions',
        code: 'range',
        detail: `A template needs at most ${maxNeededPermissions} permissions.`,
      },
    ];
  return permissions.flatMap(({ rights }, place): InputError[] => [
    ...(rights.length === 0
      ? [{ pointer: `/permissions/${place}/rights`, code: 'range' as const, detail: 'Name at least one right.' }]
      : []),
    ...rights.flatMap((right, index) =>
      allRights.includes(right)
        ? []
        : [
            {
              pointer: `/permissions/${place}/rights/${index}`,
              code: 'enum' as const,
              detail: `Is one of ${allRights.join(', ')}.`,
            },
          ],
    ),
  ]);
}

async function profileErrors(
  permissions: readonly NeededPermission[],
  profiles: ProfileCatalogue,
): Promise<InputError[]> {
  const errors: InputError[] = [];
  for (const [place, { profile }] of permissions.slice(0, maxNeededPermissions).entries())
    if (!(await profiles.find(profile)))
      errors.push({
        pointer: `/permissions/${place}/profile`,
        code: 'unknown-profile',
        detail: 'There is no profile of that name.',
      });
  return errors;
}

/**
 * Entries of one profile become one with the rights of all, in the order of first mention; rights are in the order of
 * the catalogue.
 */
export function mergePermissions(permissions: readonly NeededPermission[]): NeededPermission[] {
  const byProfile = new Map<string, Set<Right>>();
  for (const { profile, rights } of permissions)
    byProfile.set(profile, (byProfile.get(profile) ?? new Set<Right>()).union(new Set(rights)));
  return [...byProfile].map(([profile, asked]) => ({ profile, rights: allRights.filter((right) => asked.has(right)) }));
}

type Texts = { readonly name?: string | undefined; readonly description?: string | undefined };

/** What is wrong with a template, whatever the keep has. `texts`: see `checkTemplate`. */
export function templateFaults(
  { permissions, limits }: Pick<NewViewTemplate, 'permissions' | 'limits'>,
  texts: Texts,
): InputError[] {
  return [
    ...textErrors('/name', texts.name, [1, maxNameLength], faultOfName),
    ...textErrors('/description', texts.description, [0, maxDescriptionLength], faultOfText),
    ...permissionErrors(permissions),
    ...(limits ? limitErrors(limits) : []),
  ];
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
  const errors: InputError[] = [
    ...templateFaults(template, texts),
    ...(runtimes.has(template.runtime)
      ? []
      : [
          {
            pointer: '/runtime',
            code: 'unknown-runtime' as const,
            detail: `Is one of ${[...runtimes].join(', ') || '(no runtime is configured)'}.`,
          },
        ]),
    ...(await profileErrors(template.permissions, profiles)),
  ];
  if (errors.length > 0) throw DatakeepError.invalid(errors);
}
