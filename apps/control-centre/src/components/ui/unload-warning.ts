import { useEffect } from 'react';

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

/** The browser asks before the tab is closed or loaded anew, while there is something to lose. */
export function useUnloadWarning(hasSomethingToLose: boolean): void {
  useEffect(() => {
    if (!hasSomethingToLose) return undefined;
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [hasSomethingToLose]);
}
