import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { placeCodes, problems, type PlaceCode, type ProblemCode } from '@datakeep/kernel';

/** One wrong place of the input, in a problem document. */
export class ProblemPlace {
  @ApiProperty({ type: 'integer', minimum: 0, required: false, description: "The event's place in a batch." })
  index?: number;

  @ApiProperty({ type: String, description: 'JSON Pointer (RFC 6901) into the body.' })
  pointer!: string;

  @ApiProperty({ type: String, enum: Object.keys(placeCodes) })
  code!: PlaceCode;

  @ApiProperty({ type: String })
  detail!: string;
}

/** The shape of every error (RFC 9457), for the API documents. */
export class Problem {
  @ApiProperty({ type: String, description: 'Where the code is explained.', example: '/docs/errors#unauthenticated' })
  type!: string;

  @ApiProperty({ type: String })
  title!: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  status!: number;

  @ApiProperty({ type: String })
  detail!: string;

  @ApiProperty({ type: String, description: "The request's id, as in X-Request-Id." })
  instance!: string;

  @ApiProperty({ type: String, enum: Object.keys(problems) })
  code!: ProblemCode;

  @ApiProperty({ type: [ProblemPlace], required: false, maxItems: 20 })
  errors?: ProblemPlace[];
}

/** Documents an answer of that status as a problem document. */
export function ApiProblem(status: number, description: string): ClassDecorator & MethodDecorator {
  const schema = { $ref: getSchemaPath(Problem) };
  return applyDecorators(
    ApiExtraModels(Problem),
    ApiResponse({ status, description, content: { 'application/problem+json': { schema } } }),
  );
}
