import type { ReadOptions } from '@datakeep/importers';

const schemas = import.meta.glob<Readonly<Record<string, unknown>>>('../../../../../../profiles/*.json', {
  eager: true,
  import: 'default',
});

/** The profile library, bundled: a preview makes no request. */
export const library: ReadOptions['profiles'] = Object.entries(schemas).map(([path, schema]) => ({
  name: `library/${/([\w-]+)\.json$/.exec(path)![1]}`,
  schema,
}));
