import type { FieldKind } from './events.ts';

export interface SchemaFailure {
  /** JSON Pointer into the payload. */
  readonly pointer: string;
  readonly detail: string;
  /** Validation was given up: the payload took more CPU time than one of its size may. */
  readonly tooDear?: true;
}

/** A profile ready for use: its schema compiled, its fields' kinds known. */
export interface CompiledProfile {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>> | boolean;
  /**
   * Where the payload breaks the schema (the first place found), or undefined when it abides. Never throws. It takes at
   * most 250 ms of CPU time, and 80 ns more for each of the `bytes` of the payload's JSON.
   */
  validate(payload: unknown, bytes?: number): SchemaFailure | undefined;
  /**
   * The kind of a payload path (`['a', 'b']` for `payload.a.b`) as far as the schema decides it: one scalar type (null
   * beside it is allowed), else `any`. `arrays` is true unless the schema excludes an array everywhere along the path.
   */
  fieldKind(path: readonly string[]): { readonly kind: Exclude<FieldKind, 'date'>; readonly arrays: boolean };
}

/**
 * Guarantees: answers what is registered now, cached for at most one second (a missing one not at all); a profile never
 * changes until it is deleted, which counts at once in the process that deletes it.
 */
export interface ProfileCatalogue {
  find(name: string): CompiledProfile | undefined | Promise<CompiledProfile | undefined>;
}
