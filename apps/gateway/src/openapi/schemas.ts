import { eventSchemas } from './event-schemas.ts';
import { indexSchemas } from './index-schemas.ts';
import type { Schemas } from './openapi-types.ts';
import { registrySchemas } from './registry-schemas.ts';
import { systemSchemas } from './system-schemas.ts';
import { viewSchemas } from './view-schemas.ts';

/**
 * The component schemas that are not made from DTO classes, by the names that `@Answers` and `@Takes` use. A document
 * holds those that it refers to.
 */
export const schemas: Schemas = {
  ...systemSchemas,
  ...registrySchemas,
  ...eventSchemas,
  ...viewSchemas,
  ...indexSchemas,
};
