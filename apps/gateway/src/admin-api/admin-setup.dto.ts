import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';

export class RestoreAtSetup {
  @ApiProperty({ description: 'From the link that the first start printed.' })
  @IsString()
  @MaxLength(200)
  setupToken!: string;

  @ApiProperty({ format: 'password', description: 'The one that the backup was made with.' })
  @IsString()
  @MaxLength(256)
  passphrase!: string;

  @ApiPropertyOptional({
    default: false,
    description: 'Void every token of apps and every session that the backup would bring back, as after a break-in.',
  })
  @IsOptional()
  @IsBoolean()
  voidTokens?: boolean;
}
