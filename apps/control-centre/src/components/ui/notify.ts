import { notifications } from '@mantine/notifications';

/** Announces what its reader must act on; it stays until it is closed. */
export function notifyWarning(message: string): void {
  notifications.show({ message, color: 'orange.9', autoClose: false, closeButtonProps: { 'aria-label': 'Close' } });
}

/**
 * Announces success visibly and to screen readers, for some seconds. Refusals are shown where they arose
 * (ProblemAlert).
 */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal.8', autoClose: 5000, closeButtonProps: { 'aria-label': 'Close' } });
}
