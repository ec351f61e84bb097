import { ApiBody, ApiPropertyOptional } from '@nestjs/swagger';
import { examplesOf } from './answers.ts';
import { profileName } from './examples.ts';

/** Documents a DTO's member that is any JSON value, and may be left out. */
export function AnyJson(options: { readonly description: string; readonly example: unknown }): PropertyDecorator {
  return ApiPropertyOptional({ oneOf: [{}], ...options });
}

/** Documents a body that is read by a DTO's pipe, and may be left out. */
export function OptionalBody(
  type: new () => object,
  examples: Readonly<Record<string, unknown>> = {},
): MethodDecorator {
  return ApiBody({ type, required: false, ...examplesOf(examples) });
}

/** The profile in a path. */
export const profileParameter = {
  name: 'name',
  description: "The profile's name.",
  schema: { type: 'string', example: profileName },
} as const;
