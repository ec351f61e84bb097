/**
 * The admin's session in this tab. The token is in `sessionStorage`, so it ends with the tab and no other site can make
 * the browser send it. `expired` keeps the open page: the sign-in dialog covers it and form input is kept.
 */
export type SessionState = 'signed-out' | 'signed-in' | 'expired';

const key = 'datakeep.session';
const listeners = new Set<() => void>();
let token = sessionStorage.getItem(key) ?? undefined;
let state: SessionState = token === undefined ? 'signed-out' : 'signed-in';

function change(nextToken: string | undefined, nextState: SessionState): void {
  token = nextToken;
  state = nextState;
  if (token === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token);
  for (const listener of listeners) listener();
}

export const session = {
  get token(): string | undefined {
    return token;
  },
  get state(): SessionState {
    return state;
  },
  begin(newToken: string): void {
    change(newToken, 'signed-in');
  },
  /** The keep refused this token. A token that has been replaced meanwhile changes nothing. */
  expire(refused: string): void {
    if (refused === token) change(undefined, 'expired');
  },
  end(): void {
    change(undefined, 'signed-out');
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
