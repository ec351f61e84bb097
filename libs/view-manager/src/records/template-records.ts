import type { NeededPermission, TemplateLimits } from '@datakeep/contracts';
import { field, optional, type CollectionDefinition, type RecordOf } from '@datakeep/documents';

/** What a version of a template has. */
const sourceFields = {
  name: field.text,
  description: optional(field.text),
  runtime: field.text,
  permissions: field.json<readonly NeededPermission[]>(),
  limits: optional(field.json<TemplateLimits>()),
  sourceCodeId: field.text,
  sourceDigest: field.text,
  /** ms since the epoch. */
  createdAt: field.number,
};

/**
 * A template in one of its versions. Only `supersededAt` and `unusedSince` ever change. Times are ms since the epoch.
 */
const versionFields = {
  viewTemplateId: field.text,
  /** 1, 2 … */
  version: field.number,
  ...sourceFields,
  /** Absent of the newest. */
  supersededAt: optional(field.number),
  /** Of a former one: since when no instance and no unfinished run was found on it. */
  unusedSince: optional(field.number),
};
export type VersionRecord = RecordOf<typeof versionFields>;

/** A template and its newest version, to be listed without another look; `createdAt` is that of the template. */
const templateFields = {
  ...sourceFields,
  /** Instances that use it, in every state but `gone`. It is deleted only at 0, by compare-and-set. */
  instances: field.number,
  /** The newest. Absent where no version was made since templates have them: 1. */
  version: optional(field.number),
  /** Instances have yet to be offered the newest version. */
  rollingOut: optional(field.flag),
};
export type TemplateRecord = RecordOf<typeof templateFields>;

/** The version number of a record. */
export function versionOf(record: { readonly templateVersion?: number | undefined } | undefined): number {
  return record?.templateVersion ?? 1;
}

export const templateRecords: CollectionDefinition<TemplateRecord> = {
  name: 'view_templates',
  fields: templateFields,
  indexes: [
    { name: 'view_templates_newest', fields: ['createdAt'], serves: 'the list of templates, newest first' },
    {
      name: 'view_templates_rolling_out',
      fields: ['rollingOut'],
      sparse: true,
      serves: 'the templates whose newest version was not yet offered to every instance',
    },
  ],
};

export const versionRecords: CollectionDefinition<VersionRecord> = {
  name: 'view_template_versions',
  fields: versionFields,
  indexes: [
    {
      name: 'view_template_versions_number',
      fields: ['viewTemplateId', 'version'],
      unique: true,
      serves: 'one version of a template; no two have the same number',
    },
    {
      name: 'view_template_versions_newest',
      fields: ['viewTemplateId', 'createdAt'],
      serves: 'the versions of one template, newest first',
    },
    {
      name: 'view_template_versions_former',
      fields: ['supersededAt'],
      sparse: true,
      serves: 'the former versions, to find those that nothing uses',
    },
  ],
};
