/** One entry of RUNTIMES. */
export interface RuntimeSetting {
  readonly name: string;
  /**
   * Where a program answers the interface of execution services (api.md); absent: the keep's own runtime of that name.
   */
  readonly url?: string;
}

export const builtInRuntimes = ['javascript', 'python'] as const;
export type BuiltInRuntime = (typeof builtInRuntimes)[number];

export const runtimesLegal = `a list like javascript,python,ruby=http://127.0.0.1:4567`;

const namePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const maxNameLength = 40;

/** Reads RUNTIMES, or answers in words what is wrong with it. */
export function parseRuntimes(value: string): readonly RuntimeSetting[] | { readonly fault: string } {
  const settings: RuntimeSetting[] = [];
  for (const part of value.split(',').map((text) => text.trim())) {
    const [, name = '', url] = /^([^=]*)(?:=(.*))?$/.exec(part) ?? [];
    if (!namePattern.test(name) || name.length > maxNameLength)
      return { fault: `${JSON.stringify(name)} is no name of a runtime (lower-case letters, digits, single hyphens)` };
    if (settings.some((known) => known.name === name)) return { fault: `${name} is named twice` };
    if (url === undefined) {
      if (!builtInRuntimes.some((known) => known === name))
        return {
          fault:
            `${name} needs a URL (${name}=http://…), since the keep itself has ` +
            `only ${builtInRuntimes.join(' and ')}`,
        };
      settings.push({ name });
      continue;
    }
    const parsed = URL.parse(url);
    // Logs and the admin's page show the URL, so it may hold no secret.
    if (!parsed || !/^https?:$/.test(parsed.protocol) || /[?#@\s]/.test(url))
      return { fault: `the URL of ${name} must be http or https, without user, query or fragment` };
    settings.push({ name, url: url.replace(/\/+$/, '') });
  }
  return settings;
}

/** The names of the variables RUNTIME_<NAME>_KEY. */
export const runtimeKeyPattern = /^RUNTIME_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)_KEY$/;

/** `RUNTIME_MY_RUBY_KEY` → `my-ruby`. */
export function runtimeOfKey(variable: string): string {
  return (runtimeKeyPattern.exec(variable)?.[1] ?? '').toLowerCase().replaceAll('_', '-');
}
