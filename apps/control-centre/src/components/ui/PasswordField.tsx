import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/**
 * A password field with a button that shows it. Mantine's own hides the button from the keyboard, and its error from
 * screen readers.
 */
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
