import type { IndexDefinition, IndexKey } from '../../../advisor/index-engine.ts';
import { automaticName } from '../../../advisor/index-name.ts';
import { indexKey } from '../compiler/field.ts';

const word = ({ direction }: IndexKey): string => (direction === 'ascending' ? '' : ' DESC');

/**
 * `CREATE INDEX` for the profile with this code: a partial index on expressions spelled as queries spell them. The
 * profile is its first column as well: to the planner a partial index without a term on its first column is a whole
 * scan, and it rather sorts.
 */
export function indexSql({ name, keys, idAfter }: IndexDefinition, profile: number): string {
  const columns = keys.map((key) => {
    const sql = indexKey(key.field);
    if (sql === undefined) throw new Error('no index has such a key');
    return `${sql}${word(key)}`;
  });
  if (idAfter !== null) columns.splice(idAfter, 0, 'id');
  return `CREATE INDEX ${automaticName(name)} ON events (profile, ${columns.join(', ')}) WHERE profile = ${profile}`;
}
