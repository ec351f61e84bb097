import type { Filter, Scalar } from '@datakeep/contracts';
import { type InputErrors, isObject, parseDateTime, pointerSegment } from '@datakeep/kernel';
import { fieldFault, metadataKind } from './fields.ts';
import { isLongerThan } from './input.ts';
import { queryLimits } from './query-limits.ts';

const operators = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'nin', 'exists', 'prefix', 'contains'] as const;
type Operator = (typeof operators)[number];
const operatorNames: ReadonlySet<string> = new Set(operators);
const everything: Filter = { node: 'and', children: [] };

/**
 * Parses a filter of the query language (docs/query-language.md) into the AST of the engines. Faults go to `issues`;
 * the result then must not be used. `named` collects the fields that it compares. Undefined: it matches everything.
 */
export function parseFilter(
  value: unknown,
  pointer: string,
  issues: InputErrors,
  named: Set<string>,
): Filter | undefined {
  const filter = new FilterParser(issues, named).object(value, pointer, 1);
  return filter.node === 'and' && filter.children.length === 0 ? undefined : filter;
}

class FilterParser {
  #nodes = 0;

  constructor(
    private readonly issues: InputErrors,
    private readonly named: Set<string>,
  ) {}

  /** One object of the tree: all its members hold. */
  object(value: unknown, pointer: string, depth: number): Filter {
    if (!isObject(value)) return this.#wrong(pointer, 'type', 'a filter is an object');
    if (depth > queryLimits.depth)
      return this.#wrong(pointer, 'too-complex', `a filter is at most ${queryLimits.depth} deep`);
    const parts: Filter[] = [];
    for (const [name, operand] of Object.entries(value)) {
      if (this.#nodes > queryLimits.nodes) break;
      const path = `${pointer}/${pointerSegment(name)}`;
      if (name === 'and' || name === 'or') parts.push(this.#combined(name, operand, path, depth));
      else if (name === 'not') {
        this.#count(path);
        parts.push({ node: 'not', child: this.object(operand, path, depth + 1) });
      } else if (operatorNames.has(name) || name.startsWith('$'))
        parts.push(
          this.#wrong(
            path,
            'operator',
            'here stand fields, `and`, `or` and `not`; operators stand under a field, without `$`',
          ),
        );
      else this.#field(name, operand, path, parts);
    }
    return all(parts);
  }

  #combined(node: 'and' | 'or', operand: unknown, pointer: string, depth: number): Filter {
    this.#count(pointer);
    if (!Array.isArray(operand)) return this.#wrong(pointer, 'type', `\`${node}\` takes a list of filters`);
    if (operand.length === 0) return this.#wrong(pointer, 'range', `\`${node}\` takes at least one filter`);
    const children: Filter[] = [];
    for (const [index, child] of operand.entries()) {
      if (this.#nodes > queryLimits.nodes || index >= queryLimits.nodes) {
        this.issues.add(pointer, 'too-complex', `a filter has at most ${queryLimits.nodes} comparisons and combiners`);
        break;
      }
      children.push(this.object(child, `${pointer}/${index}`, depth + 1));
    }
    return { node, children };
  }

  #field(field: string, operand: unknown, pointer: string, parts: Filter[]): void {
    const fault = fieldFault(field);
    if (fault !== undefined) return void this.#wrong(pointer, 'field', fault);
    this.named.add(field);
    if (!isObject(operand)) {
      this.#count(pointer);
      return void parts.push(this.#compared(field, 'eq', operand, pointer));
    }
    const entries = Object.entries(operand);
    if (entries.length === 0)
      return void this.#wrong(pointer, 'operator-value', 'an object under a field holds at least one operator');
    for (const [operator, value] of entries) {
      const path = `${pointer}/${pointerSegment(operator)}`;
      this.#count(path);
      if (this.#nodes > queryLimits.nodes) return;
      if (operatorNames.has(operator)) parts.push(this.#compared(field, operator as Operator, value, path));
      else this.#wrong(path, 'operator', `the operators are ${operators.join(', ')}`);
    }
  }

  #compared(field: string, operator: Operator, value: unknown, pointer: string): Filter {
    switch (operator) {
      case 'eq':
        return { node: 'eq', field, value: this.#scalar(field, value, pointer) };
      case 'ne':
        return { node: 'not', child: { node: 'eq', field, value: this.#scalar(field, value, pointer) } };
      case 'in':
        return { node: 'in', field, values: this.#list(field, operator, value, pointer) };
      case 'nin':
        return { node: 'not', child: { node: 'in', field, values: this.#list(field, operator, value, pointer) } };
      case 'exists':
        if (typeof value !== 'boolean') return this.#wrong(pointer, 'operator-value', '`exists` takes true or false');
        return value ? { node: 'exists', field } : { node: 'not', child: { node: 'exists', field } };
      case 'prefix':
      case 'contains':
        if (metadataKind(field) === 'date')
          return this.#wrong(pointer, 'operator-value', `\`${operator}\` does not take a metadata date`);
        if (typeof value !== 'string') return this.#wrong(pointer, 'operator-value', `\`${operator}\` takes a string`);
        return { node: operator, field, value: this.#scalar(field, value, pointer) };
      default:
        if (typeof value !== 'string' && typeof value !== 'number')
          return this.#wrong(pointer, 'operator-value', `\`${operator}\` takes a number, a string or a date`);
        return { node: operator, field, value: this.#scalar(field, value, pointer) };
    }
  }

  #list(field: string, operator: Operator, value: unknown, pointer: string): Scalar[] {
    if (!Array.isArray(value)) {
      this.issues.add(pointer, 'operator-value', `\`${operator}\` takes a list`);
      return [];
    }
    if (value.length > queryLimits.values) {
      this.issues.add(pointer, 'too-complex', `\`${operator}\` takes at most ${queryLimits.values} values`);
      return [];
    }
    return value.map((element, index) => this.#scalar(field, element, `${pointer}/${index}`));
  }

  #scalar(field: string, value: unknown, pointer: string): Scalar {
    if (typeof value === 'object' && value !== null) {
      this.issues.add(pointer, 'operator-value', 'a value is a string, a number, true, false or null');
      return null;
    }
    if (typeof value === 'string' && isLongerThan(value, queryLimits.stringBytes)) {
      this.issues.add(pointer, 'too-complex', `a string takes at most ${queryLimits.stringBytes} bytes in UTF-8`);
      return null;
    }
    if (metadataKind(field) !== 'date' || value === null) return value as Scalar;
    const instant = typeof value === 'string' ? parseDateTime(value) : undefined;
    if (instant !== undefined) return instant;
    if (typeof value === 'string')
      this.issues.add(pointer, 'date', 'expected an RFC 3339 date-time with an offset and at most milliseconds');
    else this.issues.add(pointer, 'operator-value', 'a metadata date is compared with an RFC 3339 date-time');
    return null;
  }

  #count(pointer: string): void {
    this.#nodes++;
    if (this.#nodes === queryLimits.nodes + 1)
      this.issues.add(pointer, 'too-complex', `a filter has at most ${queryLimits.nodes} comparisons and combiners`);
  }

  #wrong(pointer: string, code: Parameters<InputErrors['add']>[1], detail: string): Filter {
    this.issues.add(pointer, code, detail);
    return everything;
  }
}

function all(parts: readonly Filter[]): Filter {
  return parts.length === 1 ? parts[0]! : { node: 'and', children: parts };
}
