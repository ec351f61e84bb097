import { send } from './client.ts';
import { session } from './session.ts';

/**
 * A session without a key pressed or a pointer moved for this long ends, ms. What the page asks for by itself keeps
 * none open; work that its owner began does.
 */
export const idleMs = 30 * 60_000;

const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** What its owner began and has not ended: half an hour counts from its end. The keep ends every session in the end. */
export const underWay = new Set<unknown>();

/** Ends the session of an unused tab. The page stays, under the sign-in dialog. Returns how to stop. */
export function watchIdleness(): () => void {
  let last = performance.now();
  const onSign = (): void => {
    last = performance.now();
  };
  for (const sign of signs) addEventListener(sign, onSign, { passive: true });
  const timer = setInterval(() => {
    const { token } = session;
    if (underWay.size > 0) onSign();
    if (token === undefined || performance.now() - last < idleMs) return;
    send('/admin/v1/session', { method: 'DELETE' })
      .catch(() => undefined)
      .finally(() => session.expire(token));
  }, 30_000);
  return () => {
    clearInterval(timer);
    for (const sign of signs) removeEventListener(sign, onSign);
  };
}
