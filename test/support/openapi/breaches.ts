export interface Breach {
  /** A JSON pointer, and what stands there. */
  readonly place: string;
  readonly made: unknown;
}

const values: readonly unknown[] = [null, 7, -0.5, true, '', 'x', [], [null], {}, { x: null }];

/** The value with each of its members and elements in turn, and itself, replaced by values of every JSON type. */
export function* breachesOf(value: unknown, place = ''): Generator<Breach, void, undefined> {
  for (const made of values) yield { place: `${place} = ${JSON.stringify(made)}`, made };
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value))
    for (const { place: below, made } of breachesOf(member, `${place}/${name}`))
      yield {
        place: below,
        made: Array.isArray(value) ? value.with(Number(name), made) : { ...value, [name]: made },
      };
}
