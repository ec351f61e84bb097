import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { Optional, Text } from '../http/members.ts';

export class RestoreAtSetup {
  @Text(200, { description: 'From the link that the first start printed.' })
  setupToken!: string;

  @Text(256, { format: 'password', description: 'The one that the backup was made with.' })
  passphrase!: string;

  @ApiPropertyOptional({
    default: false,
    description: 'Void every token of apps and every session that the backup would bring back, as after a break-in.',
  })
  @Optional()
  @IsBoolean()
  voidTokens?: boolean;
}
