/** The keep did not take what was sent last. `since`: ms since the epoch. */
export interface Waiting {
  readonly since: number;
  readonly isBusy: boolean;
}

/** `fetch` for a client that sends again what the keep did not take; `onChange` learns while that is so. */
export function watchedFetch(onChange: (waiting: Waiting | undefined) => void): typeof fetch {
  let waiting: Waiting | undefined;
  const learn = (isTaken: boolean, isBusy: boolean): void => {
    if (isTaken && waiting === undefined) return;
    waiting = isTaken ? undefined : { since: waiting?.since ?? Date.now(), isBusy };
    onChange(waiting);
  };
  return async (...request) => {
    try {
      const response = await fetch(...request);
      const isBusy = response.status === 503 || response.status === 429;
      learn(!isBusy, isBusy);
      return response;
    } catch (error) {
      if (!request[1]?.signal?.aborted) learn(false, false);
      throw error;
    }
  };
}
