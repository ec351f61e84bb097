import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

export class MakeBackup {
  @ApiProperty({ format: 'password', description: 'Your password, once more.' })
  @IsString()
  @MaxLength(512)
  password!: string;

  @ApiPropertyOptional({ description: 'Where a second factor is on: a code of the app, or a recovery code.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  code?: string;

  @ApiProperty({
    format: 'password',
    pattern: '^.{12,}$',
    maxLength: 256,
    description: 'Encrypts the backup; without it the backup opens for no one. At least 12 characters.',
  })
  @IsString()
  @MaxLength(256)
  passphrase!: string;
}
