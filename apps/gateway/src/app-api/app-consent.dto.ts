import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsString,
  Length,
  MaxLength,
} from 'class-validator';
import { type Right, rights } from '@datakeep/contracts';
import { permissionExample, profileExample } from '../openapi/examples.ts';

export class RegisterProfile {
  @ApiProperty({ example: profileExample.name, maxLength: 200 })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: profileExample.schema,
    description:
      "A JSON Schema (2020-12, or draft-07 where `$schema` says so) within the keep's limits. It may be left out " +
      'where `name` is one of the profile library, `library/…`, whose schema it then is.',
  })
  @Allow()
  schema?: unknown;
}

export class RequestPermission {
  @ApiProperty({ example: permissionExample.profile })
  @IsString()
  @MaxLength(200)
  profile!: string;

  @ApiProperty({ enum: rights, isArray: true, example: permissionExample.rights })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(rights.length)
  @ArrayUnique()
  @IsIn(rights, { each: true })
  rights!: Right[];

  @ApiProperty({ example: permissionExample.message, maxLength: 2000, description: 'Why, in words for the admin.' })
  @IsString()
  @MaxLength(2000)
  message!: string;
}
