import { querySchemas } from '@datakeep/events';
import { bodySchemas } from './body-schemas.ts';
import documented from './documented-schemas.json' with { type: 'json' };
import type { Schemas } from './shapes.ts';

/**
 * The component schemas that are not made from DTO classes, by the names that `@Answers` and `@Takes` use. A document
 * holds those that it refers to. What is answered comes from the types of documented.ts, by `npm run openapi`.
 */
export const schemas: Schemas = { ...querySchemas, ...bodySchemas, ...documented };
