/** Where an app's token is between starts. A token opens what the admin gave to the app: keep it as a password. */
export interface TokenStore {
  load(): string | undefined | Promise<string | undefined>;
  save(token: string): void | Promise<void>;
}

export function memoryTokens(token?: string): TokenStore {
  let held = token;
  return {
    load: () => held,
    save: (next) => {
      held = next;
    },
  };
}

/** In a browser's `localStorage`, by the name. */
export function browserTokens(name = 'datakeep-token'): TokenStore {
  return {
    load: () => localStorage.getItem(name) ?? undefined,
    save: (token) => localStorage.setItem(name, token),
  };
}

/** Whether two thirds of the token's life are over. A token is a JWT (RFC 7519); what cannot be read is not renewed. */
export function isDueForRenewal(token: string, now: number): boolean {
  try {
    const claims = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
    const { iat, exp } = JSON.parse(atob(claims)) as { iat?: number; exp?: number };
    if (iat === undefined || exp === undefined) return false;
    return now / 1000 > iat + (2 / 3) * (exp - iat) && now / 1000 < exp;
  } catch {
    return false;
  }
}
