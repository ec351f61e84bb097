import { notifications } from '@mantine/notifications';

/**
 * Announces success visibly and to screen readers, for some seconds. Refusals are shown where they arose
 * (ProblemAlert).
 */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal.8', autoClose: 5000, closeButtonProps: { 'aria-label': 'Close' } });
}
