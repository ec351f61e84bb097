import vm from 'node:vm';
import type { SourceBundle } from './frames.ts';
import { cannotImport, moduleKind, resolveRelative } from './module-paths.ts';
import type { Realm } from './realm.ts';

const wrapper = ['(function (exports, require, module, __filename, __dirname) {', '\n})'] as const;

type Required = { readonly value: unknown } | { readonly error: unknown };

/** Loads a view's files from memory into realms: CommonJS and ES modules, by relative path only. Scripts are compiled once in a process. */
export class Modules {
  readonly entry: string;
  readonly #files: ReadonlyMap<string, string>;
  readonly #paths: ReadonlySet<string>;
  readonly #scripts = new Map<string, vm.Script>();
  /** Compiled code of ES modules, which cannot themselves move from realm to realm. */
  readonly #cache = new Map<string, Buffer>();
  #loader: RealmLoader | undefined;

  constructor(bundle: SourceBundle) {
    this.entry = bundle.entry;
    this.#files = new Map(bundle.files.map(({ path, content }) => [path, content]));
    this.#paths = new Set(this.#files.keys());
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  resolve(from: string, specifier: string): string | undefined {
    return resolveRelative(from, specifier, this.#paths);
  }

  content(path: string): string {
    return this.#files.get(path)!;
  }

  kind(path: string): ReturnType<typeof moduleKind> {
    return moduleKind(path, this.entry);
  }

  script(path: string): vm.Script {
    let script = this.#scripts.get(path);
    if (!script) {
      script = new vm.Script(wrapper[0] + this.content(path) + wrapper[1], {
        filename: path,
        columnOffset: -wrapper[0].length,
        importModuleDynamically: async (specifier) => this.#importFrom(path, specifier),
      });
      this.#scripts.set(path, script);
    }
    return script;
  }

  sourceTextModule(path: string, realm: Realm): vm.SourceTextModule {
    const cachedData = this.#cache.get(path);
    const module = new vm.SourceTextModule(this.content(path), {
      context: realm.context,
      identifier: path,
      ...(cachedData ? { cachedData } : {}),
      initializeImportMeta: (meta) => {
        (meta as { url?: string }).url = `view:/${path}`;
      },
      importModuleDynamically: async (specifier) => this.#importFrom(path, specifier),
    });
    if (!cachedData)
      this.#cache.set(path, (module as vm.SourceTextModule & { createCachedData(): Buffer }).createCachedData());
    return module;
  }

  /** Makes ready to load into `realm`; an earlier realm can load nothing from then on. */
  enter(realm: Realm): RealmLoader {
    this.#loader = new RealmLoader(this, realm);
    return this.#loader;
  }

  async #importFrom(path: string, specifier: string): Promise<vm.Module> {
    if (!this.#loader) throw undefined;
    return this.#loader.importModule(path, specifier);
  }
}

export class RealmLoader {
  readonly #modules: Modules;
  readonly #realm: Realm;
  readonly #commonjs = new Map<string, { exports: unknown }>();
  readonly #esm = new Map<string, vm.Module>();

  constructor(modules: Modules, realm: Realm) {
    this.#modules = modules;
    this.#realm = realm;
  }

  /** What the entry file exports as its function; wrapped, since a function with a `then` would be called by `await`. Throws errors of the realm. */
  async entry(): Promise<{ readonly exported: unknown }> {
    const { entry } = this.#modules;
    if (this.#modules.kind(entry) === 'module') {
      const module = await this.#evaluated(entry);
      return { exported: (module.namespace as { default?: unknown }).default };
    }
    const loaded = this.#load(entry);
    if ('error' in loaded) throw loaded.error;
    const exported = loaded.value as { default?: unknown } | undefined;
    return {
      exported:
        typeof exported === 'object' && exported !== null && typeof exported.default === 'function'
          ? exported.default
          : exported,
    };
  }

  async importModule(from: string, specifier: string): Promise<vm.Module> {
    try {
      const path = this.#modules.resolve(from, specifier);
      if (path === undefined) throw this.#loadError(cannotImport(specifier, from));
      return await this.#evaluated(path);
    } catch (error) {
      throw this.#ownError(error);
    }
  }

  /** An error of the outer realm (a syntax error, a full stack) may not reach view code: the realm's own in its place. */
  #ownError(error: unknown): unknown {
    return error instanceof Error ? this.#loadError(`${error.name}: ${error.message}`) : error;
  }

  #loadError(message: string): object {
    return this.#realm.controls.makeError('view-load-failed', message);
  }

  async #evaluated(path: string): Promise<vm.Module> {
    const module = this.#module(path);
    if (module.status === 'unlinked')
      await module.link((specifier, referrer) => this.#linked(referrer.identifier, specifier));
    if (module.status === 'linked' || module.status === 'evaluating') await module.evaluate();
    if (module.status === 'errored') throw module.error;
    return module;
  }

  #linked(from: string, specifier: string): vm.Module {
    const path = this.#modules.resolve(from, specifier);
    if (path === undefined) throw this.#loadError(cannotImport(specifier, from));
    return this.#module(path);
  }

  #module(path: string): vm.Module {
    let module = this.#esm.get(path);
    if (!module) {
      module =
        this.#modules.kind(path) === 'module'
          ? this.#modules.sourceTextModule(path, this.#realm)
          : this.#synthetic(path);
      this.#esm.set(path, module);
    }
    return module;
  }

  #synthetic(path: string): vm.SyntheticModule {
    const module: vm.SyntheticModule = new vm.SyntheticModule(
      ['default'],
      () => {
        const loaded = this.#load(path);
        if ('error' in loaded) throw loaded.error;
        module.setExport('default', loaded.value);
      },
      { context: this.#realm.context, identifier: path },
    );
    return module;
  }

  /** CommonJS and JSON. Never throws: an error made out here must not reach view code. */
  #load(path: string): Required {
    const loaded = this.#commonjs.get(path);
    if (loaded) return { value: loaded.exports };
    const { controls, context } = this.#realm;
    const module = controls.makeModule();
    this.#commonjs.set(path, module);
    try {
      const kind = this.#modules.kind(path);
      if (kind === 'json') module.exports = controls.parseJson(this.#modules.content(path));
      else if (kind === 'commonjs') {
        const body = this.#modules.script(path).runInContext(context) as (...values: unknown[]) => void;
        const require = controls.makeRequire((specifier) => this.#require(path, specifier));
        Reflect.apply(body, module.exports, [
          module.exports,
          require,
          module,
          path,
          path.split('/').slice(0, -1).join('/'),
        ]);
      } else return { error: this.#loadError(`${path} is not CommonJS or JSON: use import for it.`) };
      return { value: module.exports };
    } catch (error) {
      this.#commonjs.delete(path);
      return { error: this.#ownError(error) };
    }
  }

  #require(from: string, specifier: string): Required {
    const path = this.#modules.resolve(from, specifier);
    return path === undefined ? { error: this.#loadError(cannotImport(specifier, from)) } : this.#load(path);
  }
}
