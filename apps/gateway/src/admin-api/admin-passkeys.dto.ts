import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, MaxLength } from 'class-validator';

const name = { example: 'My laptop', description: 'To tell it from the others.' };
const answer = (call: string) => ({
  type: 'object' as const,
  additionalProperties: true,
  description: `What \`${call}\` gave, as its \`toJSON()\` says it (WebAuthn Level 3).`,
});

/** The password once more, and a code where a second factor is on. */
export class ProvePresence {
  @ApiProperty({ format: 'password', description: 'The present one, once more.' })
  @IsString()
  @MaxLength(512)
  password!: string;

  @ApiPropertyOptional({ description: 'Where a second factor is on: six digits, or a recovery code.' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  code?: string;
}

export class AddPasskey {
  @ApiProperty(name)
  @IsString()
  @MaxLength(400)
  name!: string;

  @ApiProperty(answer('navigator.credentials.create'))
  @IsObject()
  credential!: Record<string, unknown>;
}

export class RenamePasskey {
  @ApiProperty(name)
  @IsString()
  @MaxLength(400)
  name!: string;
}

export class SignInWithPasskey {
  @ApiProperty(answer('navigator.credentials.get'))
  @IsObject()
  credential!: Record<string, unknown>;
}
