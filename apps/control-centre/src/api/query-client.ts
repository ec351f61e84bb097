import { MutationCache, notifyManager, QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem.ts';
import { session } from './session.ts';

/** Worth another try: the keep was away or busy, and nothing was done. */
function isPassing(error: unknown): boolean {
  return error instanceof ProblemError && (error.status === 0 || error.status === 503 || error.status === 429);
}

// In the task of the press: the button is off before a second press, which would be sent too.
notifyManager.setScheduler(queueMicrotask);

export const queryClient = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      // A browser without a network reaches a keep on the same computer.
      networkMode: 'always',
      refetchOnReconnect: true,
      staleTime: 2000,
      retry: (count, error) => isPassing(error) && count < 3,
      retryDelay: (count) => 500 * 2 ** count,
      // No request is sent without a token: the sign-in dialog covers the page until there is one.
      enabled: () => session.state === 'signed-in',
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

/** Without the condition the default of every query holds: only while there is a session. */
export const when = (condition: boolean) => (condition ? {} : { enabled: false });

session.subscribe(() => {
  if (session.state === 'signed-in') void queryClient.invalidateQueries();
  else if (session.state === 'signed-out') queryClient.clear();
});
