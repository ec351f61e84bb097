import { components } from './schema-references.ts';
import { escapePointer, SchemaRefusal, type SchemaEdge, type SchemaNode } from './schema-tree.ts';
import { leastBytes } from './schema-least-bytes.ts';

/** What validation of one value costs at its own place, without its members and elements. Times in ns, measured on Ajv's code. */
export interface PlaceCost {
  readonly fixed: number;
  /** For each UTF-16 unit of a string. */
  readonly perUnit: number;
  /** For each pair of elements of an array. */
  readonly perPair: number;
}

/** The work that one payload may take at run time, ns: what holds the event loop. */
export const payloadWork = 100_000_000;
/** A schema is refused where the bound of one event is beyond this, ns. The bound adds up what no single document may meet, so it is above the work that is cut off at run time. */
export const mostWork = 20 * payloadWork;

// ns of one thing, from documents made to hurt.
const place = 5;
/** A branch that fails makes an error object. */
const failedBranch = 70;
const called = 40;
const named = 3;
const setLookup = 30;
const comparedValue = 20;
const ofUnit = 2;
const ofFormatUnit = 30;
const ofFormat = 300;
const ofPair = 10;
const ofKey = 20;

type Keywords = Readonly<Record<string, unknown>>;
const keywordsOf = ({ schema }: SchemaNode): Keywords =>
  typeof schema === 'object' && schema !== null ? (schema as Keywords) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** Costs of the node's own keywords, by keyword. */
function ownCosts(node: SchemaNode): Map<string, number> {
  const keywords = keywordsOf(node);
  const costs = new Map<string, number>([['type', place]]);
  const values = (list: readonly unknown[]): number =>
    list.reduce<number>((sum, value) => sum + (isScalar(value) ? 0 : comparedValue * valuesIn(value)), 0);
  for (const [keyword, value] of Object.entries(keywords)) {
    if (keyword === 'enum') costs.set(keyword, setLookup + values(listOf(value)));
    else if (keyword === 'const') costs.set(keyword, place + values([value]));
    else if (keyword === 'properties' || keyword.startsWith('depend'))
      costs.set(keyword, named * Object.values(value as object).flat().length);
    else if (keyword === 'required') costs.set(keyword, named * listOf(value).length);
    else if (keyword === 'anyOf' || keyword === 'oneOf') costs.set(keyword, failedBranch * listOf(value).length);
    else if (keyword === '$ref') costs.set(keyword, called);
    else if (keyword === 'format') costs.set(keyword, ofFormat);
    else costs.set(keyword, place);
  }
  return costs;
}

const valuesIn = (value: unknown): number =>
  isScalar(value) ? 1 : Object.values(value as object).reduce<number>((sum, inner) => sum + valuesIn(inner), 1);

const perUnitOf = (keywords: Keywords): number =>
  (['minLength', 'maxLength'].some((keyword) => Object.hasOwn(keywords, keyword)) ? ofUnit : 0) +
  (Object.hasOwn(keywords, 'format') ? ofFormatUnit : 0);

/** Of elements of one scalar type the duplicates are found in one pass. */
function perPairOf(keywords: Keywords): number {
  if (keywords['uniqueItems'] !== true) return 0;
  const items = keywords['items'];
  const type: unknown = typeof items === 'object' && items !== null ? (items as Keywords)['type'] : undefined;
  return typeof type === 'string' && type !== 'object' && type !== 'array' ? 0 : ofPair;
}

/** What one value costs at each node, with every schema that applies to the same value. Only for schemas whose references were checked. */
export function placeCosts(nodes: Iterable<SchemaNode>): Map<SchemaNode, PlaceCost> {
  const costs = new Map<SchemaNode, PlaceCost>();
  const costOf = (node: SchemaNode): PlaceCost => {
    const known = costs.get(node);
    if (known) return known;
    const keywords = keywordsOf(node);
    let [fixed, perUnit, perPair] = [sum(ownCosts(node).values()), perUnitOf(keywords), perPairOf(keywords)];
    for (const edge of node.edges) {
      if (edge.reach !== 'here') continue;
      const inner = costOf(edge.to);
      fixed += inner.fixed;
      perUnit += inner.perUnit;
      perPair += inner.perPair;
    }
    const cost = { fixed, perUnit, perPair };
    costs.set(node, cost);
    return cost;
  };
  for (const node of nodes) costOf(node);
  return costs;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

/** A line: `fixed` for one value, `perByte` for each byte in it, and the keyword that most of each is due to, as a pointer. */
interface Bound {
  readonly fixed: number;
  readonly fixedAt: string;
  readonly perByte: number;
  readonly perByteAt: string;
}

/**
 * Throws `SchemaRefusal` where an event of so many bytes might take longer than `mostWork`: the cost of each place times the most values that stand there. A value that does not abide ends the validation of
 * its branch, so that of those that go before it each is as large as the schema asks at least. What `maxItems` bounds is counted in whichever way is less, by number or by bytes.
 */
export function checkWork(nodes: ReadonlyMap<string, SchemaNode>, eventBytes: number): void {
  const bounds = [false, true].map((byNumber) => boundOf(nodes, byNumber));
  const works = bounds.map(({ fixed, perByte }) => fixed + perByte * eventBytes);
  const least = works[0]! <= works[1]! ? 0 : 1;
  const work = works[least]!;
  if (work <= mostWork) return;
  const { fixed, fixedAt, perByteAt } = bounds[least]!;
  const pointer = fixed > work / 2 ? fixedAt : perByteAt;
  const keyword = pointer.slice(pointer.lastIndexOf('/') + 1);
  throw new SchemaRefusal(
    pointer,
    `\`${keyword}\` may make one event of ${eventBytes / 1_048_576} MiB take ${seconds(work)} to validate, and ${seconds(mostWork)} is the limit. A smaller \`maxItems\`, fewer alternatives or members that are required lower it.`,
  );
}

const seconds = (ns: number): string => `${(ns / 1e9).toPrecision(2)} s`;

function boundOf(nodes: ReadonlyMap<string, SchemaNode>, byNumber: boolean): Bound {
  const bounds = new Map<SchemaNode, Bound>();
  const least = leastBytes(nodes.values());
  // Each component comes after those that it leads to.
  for (const circle of components([...nodes.values()], (edge) => edge.reach !== 'store')) {
    const inside = new Set(circle);
    let bound = circle
      .map((node) => new ValueBound(node, bounds, least, inside, byNumber).whole())
      .reduce(added, nothing);
    // A value of a cycle meets each of its schemas once, and stands in a member or an element of at least so many bytes.
    const back = circle.flatMap((node) => node.edges.filter(({ to, reach }) => inside.has(to) && reach !== 'store'));
    if (back.length > 0) {
      const bytes = Math.min(...back.map((edge) => overheadOf(edge) + least.get(edge.to)!));
      bound = added(bound, { ...nothing, perByte: bound.fixed / bytes, perByteAt: bound.fixedAt });
    }
    for (const node of circle) bounds.set(node, bound);
  }
  return bounds.get(nodes.get('')!)!;
}

const nothing: Bound = { fixed: 0, fixedAt: '', perByte: 0, perByteAt: '' };

const added = (a: Bound, b: Bound): Bound => ({
  fixed: a.fixed + b.fixed,
  fixedAt: a.fixed >= b.fixed ? a.fixedAt : b.fixedAt,
  perByte: a.perByte + b.perByte,
  perByteAt: a.perByte >= b.perByte ? a.perByteAt : b.perByteAt,
});

/** What is met instead of one another: the dearer by bytes, and all that each costs once. */
const either = (a: Bound, b: Bound): Bound => ({
  ...(a.perByte >= b.perByte ? a : b),
  fixed: Math.max(a.fixed, b.fixed),
  fixedAt: a.fixed >= b.fixed ? a.fixedAt : b.fixedAt,
});

const lists: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf']);

/** The bound of one value and what is in it. Each member is met by what every schema of the value says of its name, and by nothing that is said of another. */
class ValueBound {
  readonly #node: SchemaNode;
  readonly #bounds: ReadonlyMap<SchemaNode, Bound>;
  readonly #least: ReadonlyMap<SchemaNode, number>;
  readonly #inside: ReadonlySet<SchemaNode>;
  readonly #byNumber: boolean;
  /** Of each schema of the value, what it says of names, and of all others. */
  readonly #members: { readonly named: ReadonlyMap<string, Bound>; readonly other: Bound; readonly every: Bound }[] =
    [];
  #elements = nothing;

  constructor(
    node: SchemaNode,
    bounds: ReadonlyMap<SchemaNode, Bound>,
    least: ReadonlyMap<SchemaNode, number>,
    inside: ReadonlySet<SchemaNode>,
    byNumber: boolean,
  ) {
    this.#node = node;
    this.#bounds = bounds;
    this.#least = least;
    this.#inside = inside;
    this.#byNumber = byNumber;
  }

  whole(): Bound {
    const here = this.#here(this.#node);
    const names = new Set(this.#members.flatMap(({ named }) => [...named.keys()]));
    const ofName = (name: string | undefined): Bound =>
      this.#members
        .map(({ named, other, every }) => added((name === undefined ? undefined : named.get(name)) ?? other, every))
        .reduce(added, nothing);
    const others = ofName(undefined);
    let [members, once] = [others, others];
    for (const name of names) {
      const bound = ofName(name);
      members = either(members, bound);
      once = added(once, bound);
    }
    // By number each named member is there once.
    if (this.#byNumber) members = { ...members, fixed: once.fixed, fixedAt: once.fixedAt };
    return [here, members, this.#elements].reduce(added);
  }

  /** What the node and all that applies to the same value cost at the value itself. Takes down what they say of what is in it. */
  #here(node: SchemaNode): Bound {
    const keywords = keywordsOf(node);
    // A place without `type` costs what the keyword does that leads to it.
    const at = (keyword: string): string =>
      Object.hasOwn(keywords, keyword) ? `${node.pointer}/${escapePointer(keyword)}` : node.pointer;
    const own = new Map<string, Bound>();
    const add = (keyword: string, bound: Partial<Bound>): void => {
      const whole = { ...nothing, fixedAt: at(keyword), perByteAt: at(keyword), ...bound };
      own.set(keyword, added(own.get(keyword) ?? nothing, whole));
    };
    for (const [keyword, fixed] of ownCosts(node)) add(keyword, { fixed });
    const perUnit = perUnitOf(keywords);
    if (perUnit > 0) add(Object.hasOwn(keywords, 'format') ? 'format' : 'maxLength', { perByte: perUnit });
    const perPair = perPairOf(keywords);
    const maxItems = Number(keywords['maxItems']);
    if (perPair > 0)
      add(
        'uniqueItems',
        this.#byNumber ? { fixed: (perPair * maxItems ** 2) / 2 } : { perByte: (perPair * maxItems) / 4 },
      );
    for (const keyword of ['minProperties', 'maxProperties'])
      if (Object.hasOwn(keywords, keyword)) add(keyword, { perByte: ofKey / 6 });
    for (const edge of node.edges) {
      if (edge.reach !== 'here') continue;
      const inner = this.#here(edge.to);
      // Many branches of one keyword are its own cost.
      add(edge.keyword, lists.has(edge.keyword) ? { ...inner, fixedAt: at(edge.keyword) } : inner);
    }
    this.#takeInner(node, maxItems);
    return [...own.values()].reduce(added, nothing);
  }

  #takeInner(node: SchemaNode, maxItems: number): void {
    const named = new Map<string, Bound>();
    let [other, every, elements, alsoElements] = [nothing, nothing, nothing, nothing];
    for (const edge of node.edges) {
      const inner = this.#bounds.get(edge.to);
      if (!inner || this.#inside.has(edge.to) || edge.reach === 'here' || edge.reach === 'store') continue;
      if (edge.keyword === 'properties') named.set(nameOf(edge.to), this.#child(edge, inner, 1));
      else if (edge.keyword === 'additionalProperties') other = this.#child(edge, inner);
      else if (edge.reach !== 'element') every = added(every, this.#child(edge, inner));
      else if (edge.keyword === 'contains' || edge.keyword === 'unevaluatedItems')
        alsoElements = added(alsoElements, this.#child(edge, inner, maxItems));
      else elements = either(elements, this.#child(edge, inner, maxItems));
    }
    this.#members.push({ named, other, every });
    this.#elements = [this.#elements, elements, alsoElements].reduce(added);
  }

  /** Of what stands in the value at most `times` times: counted so, or by the bytes that it takes at least. One that does not abide ends it, whatever its size. */
  #child(edge: SchemaEdge, inner: Bound, times = Number.NaN): Bound {
    if (this.#byNumber && times >= 0) return { ...inner, fixed: times * inner.fixed };
    const bytes = overheadOf(edge) + (edge.keyword === 'contains' ? 1 : this.#least.get(edge.to)!);
    return added(inner, { ...nothing, perByte: inner.fixed / bytes, perByteAt: inner.fixedAt });
  }
}

const nameOf = ({ pointer }: SchemaNode): string =>
  pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');

/** Bytes that a member or an element takes beside its value: its comma, and of a member its quotes, its colon and its name. */
function overheadOf({ reach, keyword, to }: SchemaEdge): number {
  if (reach !== 'member') return reach === 'name' ? 4 : 1;
  return 4 + (keyword === 'properties' ? Buffer.byteLength(nameOf(to)) : 0);
}
