import { type ReactNode, useState } from 'react';
import { placeOf } from '../../api/problem.ts';
import { CodeField } from './CodeField.tsx';
import { Button, Group, Stack } from './mantine.ts';
import { PasswordField } from './PasswordField.tsx';
import { ProblemAlert } from './ProblemAlert.tsx';

export interface Proof {
  readonly password: string;
  /** Empty where none is asked for. */
  readonly code: string;
}

interface Properties {
  /** Of the field of the password, and what it says below. Default: Password, and nothing. */
  readonly label?: string;
  readonly description?: string;
  /** The verb on the button. */
  readonly action: string;
  readonly dangerous?: boolean;
  /** False where no second factor is on. */
  readonly needsCode?: boolean;
  readonly pending: boolean;
  readonly error: unknown;
  /** In the place of the usual one. */
  readonly alert?: ReactNode;
  /** Further fields, above the password, and the pointers of the errors that they show. */
  readonly children?: ReactNode;
  readonly placed?: readonly string[];
  readonly onProof: (proof: Proof) => void;
}

/** Password and code once more, before what must not be done on a page that was left open. */
export function ProofForm(properties: Properties) {
  const { label = 'Password', description, action, dangerous = false, needsCode = true } = properties;
  const { pending, error, alert, children, placed = [], onProof } = properties;
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onProof({ password, code });
      }}
    >
      <Stack>
        {children}
        <PasswordField
          label={label}
          {...(description === undefined ? {} : { description })}
          autoComplete="current-password"
          required
          {...(children === undefined ? { 'data-autofocus': true } : {})}
          value={password}
          error={placeOf(error, '/password')}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {needsCode && (
          <CodeField
            value={code}
            error={placeOf(error, '/code')}
            description="Six digits of the authenticator app, or a recovery code."
            onChange={setCode}
          />
        )}
        {alert ?? <ProblemAlert error={error} placed={[...placed, '/password', '/code']} />}
        <Group justify="flex-end">
          <Button type="submit" {...(dangerous ? { color: 'red.9' } : {})} loading={pending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
