import { notifications } from '@mantine/notifications';

/** Something was done: said to eye and ear, gone after some seconds. Refusals are shown where they arose (ProblemAlert). */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal.8', autoClose: 5000, closeButtonProps: { 'aria-label': 'Close' } });
}
