/** What a `Prefer` header (RFC 7240) asks for, as far as api.md honours it. The first of a repeated preference counts (section 2). */
export interface Preferences {
  readonly minimal: boolean;
  /** Seconds, 0…30. */
  readonly wait?: number;
}

const none: Preferences = { minimal: false };

export function readPrefer(header: string | string[] | undefined): Preferences {
  if (header === undefined) return none;
  const text = Array.isArray(header) ? header.join(',') : header;
  const seen = new Map<string, string>();
  for (const part of text.split(',')) {
    const match = /^\s*([\w-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s;"]*)))?\s*(?:;.*)?$/.exec(part);
    if (match && !seen.has(match[1]!.toLowerCase())) seen.set(match[1]!.toLowerCase(), match[2] ?? match[3] ?? '');
  }
  const wait = seen.get('wait');
  return {
    minimal: seen.get('return') === 'minimal',
    ...(wait !== undefined && /^\d{1,9}$/.test(wait) ? { wait: Math.min(30, Number(wait)) } : {}),
  };
}
