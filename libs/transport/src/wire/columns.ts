/** One member of a list of records: the list of its values (null for absent), or the one value that all share (absent where it is undefined). */
export type Column<T> = T | readonly (T | null)[] | undefined;

/** Records by column are a third as long as JSON, and quicker to print and read, where many values are the same. */
export function columnOf<T extends string | number | boolean>(values: readonly (T | undefined)[]): Column<T> {
  const [first] = values;
  // JSON has null for what is undefined in a list.
  return values.every((value) => value === first) ? first : (values as readonly (T | null)[]);
}

/** The values of a column again, `rows` of them. Throws `RangeError` where it has another length. */
export function valuesOf<T>(column: Column<T>, rows: number): (row: number) => T | undefined {
  if (!Array.isArray(column)) return () => column as T | undefined;
  if (column.length !== rows) throw new RangeError('a column has another length');
  return (row) => (column[row] as T | null) ?? undefined;
}
