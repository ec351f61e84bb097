import type { NeededPermission, TemplateLimits } from '@datakeep/contracts';
import type { CollectionDefinition, Document } from '@datakeep/documents';

/**
 * A template in one of its versions. Only `supersededAt` and `unusedSince` ever change. Times are ms since the epoch.
 */
export interface VersionRecord extends Document {
  readonly viewTemplateId: string;
  /** 1, 2 … */
  readonly version: number;
  readonly name: string;
  readonly description?: string;
  readonly runtime: string;
  readonly permissions: readonly NeededPermission[];
  readonly limits?: TemplateLimits;
  readonly sourceCodeId: string;
  readonly sourceDigest: string;
  readonly createdAt: number;
  /** Absent of the newest. */
  readonly supersededAt?: number;
  /** Of a former one: since when no instance and no unfinished run was found on it. */
  readonly unusedSince?: number;
}

/** A template and its newest version, to be listed without another look. */
export interface TemplateRecord
  extends Document, Omit<VersionRecord, 'viewTemplateId' | 'version' | 'supersededAt' | 'unusedSince'> {
  /** Of the template. */
  readonly createdAt: number;
  /** Instances that use it, in every state but `gone`. It is deleted only at 0, by compare-and-set. */
  readonly instances: number;
  /** The newest. Absent where no version was made since templates have them: 1. */
  readonly version?: number;
  /** Instances have yet to be offered the newest version. */
  readonly rollingOut?: boolean;
}

/** The version number of a record. */
export function versionOf(record: { readonly templateVersion?: number } | undefined): number {
  return record?.templateVersion ?? 1;
}

export const templateRecords: CollectionDefinition<TemplateRecord> = {
  name: 'view_templates',
  fields: {
    name: { type: 'string' },
    description: { type: 'string', optional: true },
    runtime: { type: 'string' },
    permissions: { type: 'json' },
    limits: { type: 'json', optional: true },
    sourceCodeId: { type: 'string' },
    sourceDigest: { type: 'string' },
    createdAt: { type: 'number' },
    instances: { type: 'number' },
    version: { type: 'number', optional: true },
    rollingOut: { type: 'boolean', optional: true },
  },
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
  fields: {
    viewTemplateId: { type: 'string' },
    version: { type: 'number' },
    name: { type: 'string' },
    description: { type: 'string', optional: true },
    runtime: { type: 'string' },
    permissions: { type: 'json' },
    limits: { type: 'json', optional: true },
    sourceCodeId: { type: 'string' },
    sourceDigest: { type: 'string' },
    createdAt: { type: 'number' },
    supersededAt: { type: 'number', optional: true },
    unusedSince: { type: 'number', optional: true },
  },
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
