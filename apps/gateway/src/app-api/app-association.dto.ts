import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { Text, WebOrigins } from '../http/members.ts';

export class Associate {
  @ApiProperty({ example: 'dk_association_…', description: 'The one-time secret that the admin gave to this app.' })
  @IsString()
  associationToken!: string;

  @Text([1, 200], { example: 'Walks', description: "The app's own name." })
  name!: string;

  @WebOrigins('Web pages that call as this app, in place of those that the admin gave; absent: those stay.')
  origins?: string[];
}
