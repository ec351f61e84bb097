import { SchemaRefusal, type SchemaEdge, type SchemaNode } from './schema-tree.ts';

/** Product of the branches of `anyOf` and `oneOf` along any path. */
export const maxBranches = 256;
/** Schemas that a value may meet once every `$ref` is written out. */
export const maxExpansion = 10_000;
/** Schemas that one and the same value may meet, references written out: what each element of a long array may cost. */
export const maxAtOneValue = 1024;

/** Adds an edge for each `$ref`. Throws `SchemaRefusal` for one that leaves the schema or points at no schema. */
export function linkReferences(nodes: ReadonlyMap<string, SchemaNode>): void {
  for (const node of nodes.values()) {
    if (typeof node.schema !== 'object' || node.schema === null || !Object.hasOwn(node.schema, '$ref')) continue;
    const { $ref: reference } = node.schema as { readonly $ref: unknown };
    const at = `${node.pointer}/$ref`;
    const pointer =
      typeof reference === 'string' && /^#(\/|$)/.test(reference) ? decode(reference.slice(1)) : undefined;
    if (pointer === undefined)
      throw new SchemaRefusal(at, 'A `$ref` may only be `#` or a JSON Pointer within the schema (`#/$defs/…`).');
    const to = nodes.get(pointer);
    if (!to) throw new SchemaRefusal(at, 'The `$ref` points at no schema.');
    node.edges.push({ keyword: '$ref', reach: 'here', to, bounded: false });
  }
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

/**
 * Bounds what validation can cost, once references are linked:
 * - a cycle must pass a bounded array (`maxItems`) or object (`maxProperties`, or named `properties`), and lead back to
 *   itself in one way only for any value, so that the work stays linear in the data;
 * - the product of `anyOf` and `oneOf` branches along any path is at most 256;
 * - all references written out are at most 10,000 schemas, of which 1,024 apply to one value (a chain of `allOf` with
 *   two `$ref`s each doubles at every level).
 */
export function checkReferences(nodes: ReadonlyMap<string, SchemaNode>): void {
  const all = [...nodes.values()];
  for (const circle of components(all, isEndless))
    if (isCycle(circle, isEndless))
      throw new SchemaRefusal(
        circle[0]!.pointer,
        'A cycle of `$ref`s must pass an array with `maxItems`, an object with `maxProperties`, or named properties.',
      );
  const costs = new Map<SchemaNode, { readonly branches: number; readonly size: number; readonly here: number }>();
  // Tarjan's algorithm yields a component after all those that it leads to.
  for (const circle of components(all, applies)) {
    const inside = new Set(circle);
    const cyclic = isCycle(circle, applies);
    let [branches, size, here, own] = [1, 0, 0, 1];
    for (const node of circle) {
      if (cyclic && waysBack(node, inside) > 1)
        throw new SchemaRefusal(
          node.pointer,
          'A recursive schema may lead back to itself in one way only for any value.',
        );
      size += 1;
      here += 1;
      for (const edge of node.edges) {
        if (!applies(edge)) continue;
        const factor = branchesOf(node, edge);
        if (inside.has(edge.to)) continue;
        const cost = costs.get(edge.to)!;
        branches = Math.max(branches, factor * cost.branches);
        size += cost.size;
        if (edge.reach === 'here') here += cost.here;
      }
      if (cyclic) own *= Math.max(1, ...node.edges.map((edge) => (inside.has(edge.to) ? branchesOf(node, edge) : 1)));
    }
    branches *= own;
    if (branches > maxBranches)
      throw new SchemaRefusal(
        circle[0]!.pointer,
        `The branches of anyOf and oneOf on one path multiply to more than ${maxBranches}.`,
      );
    if (size > maxExpansion)
      throw new SchemaRefusal(
        circle[0]!.pointer,
        `With every \`$ref\` written out there are more than ${maxExpansion} schemas.`,
      );
    if (here > maxAtOneValue)
      throw new SchemaRefusal(
        circle[0]!.pointer,
        `With every \`$ref\` written out more than ${maxAtOneValue} schemas apply to one value.`,
      );
    for (const node of circle) costs.set(node, { branches, size, here });
  }
}

const applies = (edge: SchemaEdge): boolean => edge.reach !== 'store';

/** Whether a cycle of such edges has no end in the data. */
const isEndless = ({ reach, bounded }: SchemaEdge): boolean => reach === 'here' || reach === 'name' || !bounded;

/** Whether a component leads back to itself. */
const isCycle = ([node, ...others]: readonly SchemaNode[], follows: (edge: SchemaEdge) => boolean): boolean =>
  others.length > 0 || node!.edges.some((edge) => follows(edge) && edge.to === node);

function branchesOf(node: SchemaNode, edge: SchemaEdge): number {
  if (edge.keyword !== 'anyOf' && edge.keyword !== 'oneOf') return 1;
  return (node.schema as Readonly<Record<string, readonly unknown[]>>)[edge.keyword]!.length;
}

/** In how many ways the schema may be led back into its cycle for one and the same value. */
function waysBack(node: SchemaNode, inside: ReadonlySet<SchemaNode>): number {
  const back = node.edges.filter((edge) => applies(edge) && inside.has(edge.to));
  const count = (...keywords: string[]): number => back.filter((edge) => keywords.includes(edge.keyword)).length;
  const once = (...keywords: string[]): number => Math.min(1, count(...keywords));
  const here = back.filter((edge) => edge.reach === 'here').length;
  // One member meets `properties` or `additionalProperties`, never both, but each pattern that its name matches.
  const members = once('properties', 'additionalProperties') + count('patternProperties', 'unevaluatedProperties');
  const elements = once('prefixItems', 'items', 'additionalItems') + count('contains', 'unevaluatedItems');
  return here + Math.max(members, elements);
}

/**
 * Strongly connected components (Tarjan), each after those that it leads to. Recursion is at most as deep as there are
 * schemas (1,000).
 */
function components(nodes: readonly SchemaNode[], follows: (edge: SchemaEdge) => boolean): SchemaNode[][] {
  const index = new Map<SchemaNode, number>();
  const low = new Map<SchemaNode, number>();
  const stack: SchemaNode[] = [];
  const onStack = new Set<SchemaNode>();
  const found: SchemaNode[][] = [];
  const visit = (node: SchemaNode): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    onStack.add(node);
    for (const edge of node.edges) {
      if (!follows(edge)) continue;
      if (!index.has(edge.to)) {
        visit(edge.to);
        low.set(node, Math.min(low.get(node)!, low.get(edge.to)!));
      } else if (onStack.has(edge.to)) low.set(node, Math.min(low.get(node)!, index.get(edge.to)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const component: SchemaNode[] = [];
    for (let member = stack.pop(); member; member = stack.pop()) {
      onStack.delete(member);
      component.push(member);
      if (member === node) break;
    }
    found.push(component);
  };
  for (const node of nodes) if (!index.has(node)) visit(node);
  return found;
}
