import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { WebOrigins } from '../http/web-origins.ts';

export class Associate {
  @ApiProperty({ example: 'dk_association_…', description: 'The one-time secret that the admin gave to this app.' })
  @IsString()
  associationToken!: string;

  @ApiProperty({ example: 'Walks', description: "The app's own name." })
  @IsString()
  @Length(1, 200)
  name!: string;

  @WebOrigins('Web pages that call as this app, in place of those that the admin gave; absent: those stay.')
  origins?: string[];
}
