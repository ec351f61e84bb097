import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject } from 'class-validator';
import { Optional, OptionalText, Text } from '../http/members.ts';

const name = { example: 'My laptop', description: 'Distinguishes it from the others.' };
export const answerOf = (call: string) => ({
  type: 'object' as const,
  additionalProperties: true,
  description: `What \`${call}\` gave, as its \`toJSON()\` says it (WebAuthn Level 3).`,
});

/** The password once more, and a code where a second factor is on. */
export class ProvePresence {
  @Text(512, { format: 'password', description: 'The present one, once more.' })
  password!: string;

  @OptionalText(64, { description: 'Where a second factor is on: six digits, or a recovery code.' })
  code?: string;
}

export class AddPasskey {
  @Text(400, name)
  name!: string;

  @ApiProperty(answerOf('navigator.credentials.create'))
  @IsObject()
  credential!: Record<string, unknown>;
}

export class RenamePasskey {
  @Text(400, name)
  name!: string;
}

export class SignInWithPasskey {
  @ApiProperty(answerOf('navigator.credentials.get'))
  @IsObject()
  credential!: Record<string, unknown>;
}

export class ConfirmSession {
  @OptionalText(512, { format: 'password', description: 'The present one.' })
  password?: string;

  @OptionalText(64, { description: 'Where a second factor is on: six digits, or a recovery code.' })
  code?: string;

  @ApiPropertyOptional(answerOf('navigator.credentials.get'))
  @Optional()
  @IsObject()
  credential?: Record<string, unknown>;
}
