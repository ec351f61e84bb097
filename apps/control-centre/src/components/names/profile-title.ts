/** What a profile's schema calls itself, in an app's words; undefined where it does not. */
export function titleOfSchema(schema: unknown): string | undefined {
  const title = typeof schema === 'object' && schema !== null && 'title' in schema ? schema.title : undefined;
  return (typeof title === 'string' && title.trim()) || undefined;
}
