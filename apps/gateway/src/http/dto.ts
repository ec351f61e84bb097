import type { PipeTransform } from '@nestjs/common';
import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError, ValidationTypes } from 'class-validator';
import { DatakeepError, type InputError, isId, type PlaceCode, pointerSegment, readJson } from '@datakeep/kernel';

const codeByConstraint: Readonly<Record<string, PlaceCode>> = {
  whitelistValidation: 'unknown-member',
  isDefined: 'required',
  isIn: 'enum',
  isEnum: 'enum',
  matches: 'format',
  isDateTime: 'date',
  min: 'range',
  max: 'range',
  isLength: 'range',
  minLength: 'range',
  maxLength: 'range',
  arrayMinSize: 'range',
  arrayMaxSize: 'range',
  arrayUnique: 'range',
  isPositive: 'range',
};

function describe(
  constraint: string,
  message: string,
  value: unknown,
  unknown: PlaceCode,
): { code: PlaceCode; detail: string } {
  if (constraint === 'whitelistValidation') return { code: unknown, detail: 'There is no such member here.' };
  if (value === undefined) return { code: 'required', detail: 'This member is required.' };
  return { code: codeByConstraint[constraint] ?? 'type', detail: `${message}.` };
}

function collect(errors: readonly ValidationError[], parent: string, unknown: PlaceCode, into: InputError[]): void {
  for (const error of errors) {
    const pointer = `${parent}/${pointerSegment(error.property)}`;
    const constraints = Object.entries(error.constraints ?? {});
    // A value of the wrong type breaks every other rule as well: only the type is reported.
    const constraint = constraints.find(([name]) => codeByConstraint[name] === undefined) ?? constraints[0];
    if (constraint) into.push({ pointer, ...describe(constraint[0], constraint[1], error.value, unknown) });
    collect(error.children ?? [], pointer, unknown, into);
  }
}

/** Class fields make an own `undefined` of every member that was not sent; what was not sent must be absent. */
function dropUnset(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) delete (value as Record<string, unknown>)[name];
    else if (Array.isArray(member)) member.forEach(dropUnset);
    else dropUnset(member);
  }
}

type Members = ReadonlyMap<string, 'nested' | 'value'>;

const membersOfTypes = new WeakMap<ClassConstructor<object>, Members>();

/** The members that a DTO has rules for; a `nested` one is another DTO, or a list of them. */
function membersOf(type: ClassConstructor<object>): Members {
  let members = membersOfTypes.get(type) as Map<string, 'nested' | 'value'> | undefined;
  if (!members) {
    members = new Map();
    for (const rule of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false))
      if (rule.type === ValidationTypes.NESTED_VALIDATION) members.set(rule.propertyName, 'nested');
      else if (!members.has(rule.propertyName)) members.set(rule.propertyName, 'value');
    membersOfTypes.set(type, members);
  }
  return members;
}

/** Without the members that a DTO cannot have and the two class libraries would take for what every object inherits. */
function withoutInherited(value: unknown, pointer: string, refuse: (pointer: string) => void): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => withoutInherited(item, `${pointer}/${index}`, refuse));
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value))
    if (name in Object.prototype) refuse(`${pointer}/${pointerSegment(name)}`);
    else kept[name] = withoutInherited(member, `${pointer}/${pointerSegment(name)}`, refuse);
  return kept;
}

/** Values without a DTO (schemas, configurations) stay as they are: they may hold any name, `constructor` too. */
function instantiate<T extends object>(type: ClassConstructor<T>, value: object, refuse: (pointer: string) => void): T {
  const members = membersOf(type);
  const typed: Record<string, unknown> = {};
  const free: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const pointer = `/${pointerSegment(name)}`;
    const kind = members.get(name);
    if (kind === undefined) refuse(pointer);
    else if (kind === 'nested') typed[name] = withoutInherited(member, pointer, refuse);
    else if (typeof member === 'object') free[name] = member;
    else typed[name] = member;
  }
  return Object.assign(plainToInstance(type, typed), free);
}

/**
 * Checks a request envelope by the class-validator rules of `type`; unknown members are refused.
 * Throws 422 with a JSON Pointer for each wrong place.
 */
export function checkObject<T extends object>(
  type: ClassConstructor<T>,
  value: object,
  unknown: PlaceCode = 'unknown-member',
): T {
  const errors: InputError[] = [];
  const instance = instantiate(type, value, (pointer) =>
    errors.push({ pointer, code: unknown, detail: 'There is no such member here.' }),
  );
  collect(
    validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false }),
    '',
    unknown,
    errors,
  );
  if (errors.length > 0) throw DatakeepError.invalid(errors);
  dropUnset(instance);
  return instance;
}

/**
 * Pipe for `@Body(json(Dto))`: reads the body strictly, then checks it. With `optional` no body at all counts as `{}`.
 */
export function json<T extends object>(
  type: ClassConstructor<T>,
  { optional = false } = {},
): PipeTransform<string | undefined, T> {
  return { transform: (text) => checkObject(type, text === undefined && optional ? {} : readObject(text)) };
}

/** The object that a JSON body is. */
export function readObject(body: string | undefined): object {
  const value = readJson(requiredText(body));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw DatakeepError.invalidAt('', 'type', 'The body must be a JSON object.');
  return value;
}

/** The text of a body that must be there. */
export function requiredText(body: string | undefined): string {
  if (body === undefined) throw new DatakeepError('unreadable-body', 'A JSON body is required.');
  return body;
}

/** Refuses a query parameter that is given twice: which of two counts would be a guess. */
export function singleParameters(query: unknown): Record<string, string> {
  const errors: InputError[] = [];
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (typeof value !== 'string')
      errors.push({ pointer: `/${pointerSegment(name)}`, code: 'type', detail: 'Give this query parameter once.' });
  }
  if (errors.length > 0) throw DatakeepError.invalid(errors);
  return { ...(query as Record<string, string>) };
}

/** Pipe for `@Query(parameters(Dto))`. Pointers of errors name the parameter. */
export function parameters<T extends object>(type: ClassConstructor<T>): PipeTransform<unknown, T> {
  return { transform: (query) => checkObject(type, singleParameters(query), 'unknown-parameter') };
}

/** Pipe for `@Param('id', idParameter)`: what is no id names nothing, so it is 404 like an unknown one. */
export const idParameter: PipeTransform<string, string> = {
  transform(value) {
    if (!isId(value)) throw new DatakeepError('not-found');
    return value;
  },
};
