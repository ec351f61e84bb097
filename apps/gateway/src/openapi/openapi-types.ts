/** The part of an OpenAPI 3.1 schema object (JSON Schema 2020-12) that our answers need. */
export interface SchemaObject {
  type?: string | string[];
  format?: string;
  pattern?: string;
  description?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  examples?: unknown[];
  properties?: Record<string, SchemaObject>;
  required?: string[];
  items?: SchemaObject;
  $ref?: string;
}
