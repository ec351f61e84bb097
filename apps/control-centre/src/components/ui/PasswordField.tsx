import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** A password, with an eye that shows it. Mantine's own hides the eye from the keyboard, and its fault from screen readers. */
export function PasswordField(properties: PasswordInputProps) {
  return (
    <PasswordInput
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }}
      {...(properties.error ? { 'aria-invalid': true } : {})}
      {...properties}
    />
  );
}
