import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, MaxLength } from 'class-validator';
import { Optional } from '../http/optional.ts';

const name = { example: 'My laptop', description: 'Distinguishes it from the others.' };
export const answerOf = (call: string) => ({
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
  @Optional()
  @IsString()
  @MaxLength(64)
  code?: string;
}

export class AddPasskey {
  @ApiProperty(name)
  @IsString()
  @MaxLength(400)
  name!: string;

  @ApiProperty(answerOf('navigator.credentials.create'))
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
  @ApiProperty(answerOf('navigator.credentials.get'))
  @IsObject()
  credential!: Record<string, unknown>;
}

export class ConfirmSession {
  @ApiPropertyOptional({ format: 'password', description: 'The present one.' })
  @Optional()
  @IsString()
  @MaxLength(512)
  password?: string;

  @ApiPropertyOptional({ description: 'Where a second factor is on: six digits, or a recovery code.' })
  @Optional()
  @IsString()
  @MaxLength(64)
  code?: string;

  @ApiPropertyOptional(answerOf('navigator.credentials.get'))
  @Optional()
  @IsObject()
  credential?: Record<string, unknown>;
}
