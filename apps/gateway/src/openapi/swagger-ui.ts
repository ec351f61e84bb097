interface Functions {
  getSampleSchema(schema: unknown, type: string, config: unknown, example?: unknown): unknown;
}

/**
 * Swagger UI's options. Its plugin runs in the page, to which Nest writes its source: nothing of this file is in its
 * reach. It leaves an example of NDJSON unchanged; Swagger UI takes each media type with "json" in its name for JSON,
 * and would fill in the lines as one JSON string.
 */
export const swaggerOptions = {
  urls: [
    { name: 'Apps', url: '/openapi/app.json' },
    { name: 'Admin', url: '/openapi/admin.json' },
  ],
  persistAuthorization: false,
  tryItOutEnabled: true,
  plugins: [
    function linesAsTheyStand() {
      return {
        afterLoad(this: { readonly fn: Functions }): void {
          const { getSampleSchema } = this.fn;
          this.fn.getSampleSchema = (schema, type, config, example) =>
            type === 'application/x-ndjson' && typeof example === 'string'
              ? example
              : getSampleSchema(schema, type, config, example);
        },
      };
    },
  ],
};

/** On a phone its tables are wider than the window: they scroll, and the page does not. */
export const swaggerStyles = '.swagger-ui :is(.responses-wrapper, .table-container) { overflow-x: auto }';
