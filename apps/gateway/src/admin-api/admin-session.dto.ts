import { OptionalText, Text } from '../http/members.ts';

/** A length as a pattern: Swagger UI then fills in a random text, and never repeats a well-known one. */
const newPassword = { format: 'password', pattern: '^.{15,}$', maxLength: 256, description: '15 to 256 characters.' };

export class SignIn {
  @Text(200, { example: 'admin' })
  name!: string;

  @Text(256, { format: 'password' })
  password!: string;

  @OptionalText(64, {
    description: 'Where a second factor is on: six digits of the authenticator app, or a recovery code.',
  })
  code?: string;
}

export class SetUp {
  @Text(200, { description: 'From the link that the first start printed.' })
  setupToken!: string;

  @Text([1, 200], { example: 'admin' })
  name!: string;

  @Text([15, 256], newPassword)
  password!: string;
}

export class ChangePassword {
  @Text(512, { format: 'password', description: 'The present one.' })
  current!: string;

  @Text([15, 256], newPassword)
  new!: string;
}

const presentPassword = { format: 'password', description: 'The present one, once more.' };
const code = { description: 'Six digits of the authenticator app, or a recovery code.' };

export class BeginSecondFactor {
  @Text(512, presentPassword)
  password!: string;
}

export class ConfirmSecondFactor {
  @Text(64, { description: 'Six digits that the authenticator app shows now.' })
  code!: string;
}

export class ProveSecondFactor {
  @Text(512, presentPassword)
  password!: string;

  @Text(64, code)
  code!: string;
}
