import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';

/** A length as a pattern: Swagger UI then fills in a random text, and never repeats a well-known one. */
const newPassword = { format: 'password', pattern: '^.{15,}$', maxLength: 256, description: '15 to 256 characters.' };

export class SignIn {
  @ApiProperty({ example: 'admin' })
  @IsString()
  @MaxLength(200)
  name!: string;

  @ApiProperty({ format: 'password' })
  @IsString()
  @MaxLength(256)
  password!: string;

  @ApiPropertyOptional({
    description: 'Where a second factor is on: six digits of the authenticator app, or a recovery code.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  code?: string;
}

export class SetUp {
  @ApiProperty({ description: 'From the link that the first start printed.' })
  @IsString()
  @MaxLength(200)
  setupToken!: string;

  @ApiProperty({ example: 'admin' })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty(newPassword)
  @IsString()
  @Length(15, 256)
  password!: string;
}

export class ChangePassword {
  @ApiProperty({ format: 'password', description: 'The present one.' })
  @IsString()
  @MaxLength(512)
  current!: string;

  @ApiProperty(newPassword)
  @IsString()
  @Length(15, 256)
  new!: string;
}

const presentPassword = { format: 'password', description: 'The present one, once more.' };
const code = { description: 'Six digits of the authenticator app, or a recovery code.' };

export class BeginSecondFactor {
  @ApiProperty(presentPassword)
  @IsString()
  @MaxLength(512)
  password!: string;
}

export class ConfirmSecondFactor {
  @ApiProperty({ description: 'Six digits that the authenticator app shows now.' })
  @IsString()
  @MaxLength(64)
  code!: string;
}

export class ProveSecondFactor {
  @ApiProperty(presentPassword)
  @IsString()
  @MaxLength(512)
  password!: string;

  @ApiProperty(code)
  @IsString()
  @MaxLength(64)
  code!: string;
}
