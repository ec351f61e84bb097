import type { RouteOptions } from 'fastify';

/** The routes as they were registered, in the OpenAPI spelling `/x/{id}`, so that a known path with another method is 405 and tests can compare the documents with it. */
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

  /** Methods that some route answers at this path; empty when the path is unknown. */
  methodsAt(path: string): string[] {
    const methods = new Set<string>();
    for (const { pattern, methods: own } of this.#routes.values()) {
      if (!pattern.source.includes('.*') && pattern.test(path)) for (const method of own) methods.add(method);
    }
    return [...methods].toSorted();
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
