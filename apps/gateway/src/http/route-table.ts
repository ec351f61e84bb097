import type { RouteOptions } from 'fastify';

/**
 * The routes as they were registered, in the OpenAPI spelling `/x/{id}`, so that a known path with another method is
 * 405 and tests can compare the documents with it. Fastify's `findRoute` finds the pattern of a route, never that of a
 * path.
 */
export class RouteTable {
  readonly #routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  add(route: RouteOptions): void {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    let entry = this.#routes.get(path);
    if (!entry) {
      const source = path
        .replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`)
        .replaceAll(/\{\w+\}/g, '[^/]+')
        .replaceAll('*', '.*');
      entry = { pattern: new RegExp(`^${source}$`), methods: new Set() };
      this.#routes.set(path, entry);
    }
    for (const method of Array.isArray(route.method) ? route.method : [route.method]) entry.methods.add(method);
  }

  /**
   * Methods of this path; empty when it is unknown. A path with its own route (`/events/query`) does not count as
   * `/events/{id}`.
   */
  methodsAt(path: string): string[] {
    const own = this.#routes.get(path);
    if (own) return [...own.methods].toSorted();
    const methods = new Set<string>();
    for (const { pattern, methods: answered } of this.#routes.values())
      if (!pattern.source.includes('.*') && pattern.test(path)) for (const method of answered) methods.add(method);
    return [...methods].toSorted();
  }

  /** Whether the path has its own route, which answers other methods than this one. */
  refuses(method: string, path: string): boolean {
    const own = this.#routes.get(path);
    return own !== undefined && !own.methods.has(method);
  }

  /** `METHOD /path` of every route, without the HEAD that comes with each GET. */
  list(): string[] {
    return [...this.#routes]
      .flatMap(([path, { methods }]) =>
        [...methods].filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`),
      )
      .toSorted();
  }
}
