import { ApiPropertyOptional } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { Right } from '@datakeep/contracts';
import { permissionExample, profileExample } from '../openapi/examples.ts';
import { Rights, Text } from '../http/members.ts';

export class RegisterProfile {
  @Text([1, 200], { example: profileExample.name, maxLength: 200 })
  name!: string;

  @ApiPropertyOptional({
    oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }],
    example: profileExample.schema,
    description:
      "A JSON Schema (2020-12, or draft-07 where `$schema` says so) within the keep's limits. It may be left out " +
      'where `name` is one of the profile library, `library/…`, whose schema it then is.',
  })
  @Allow()
  schema?: unknown;
}

export class RequestPermission {
  @Text(200, { example: permissionExample.profile })
  profile!: string;

  @Rights({ example: permissionExample.rights })
  rights!: Right[];

  @Text(2000, { example: permissionExample.message, maxLength: 2000, description: 'Why, in words for the admin.' })
  message!: string;
}
