import vm from 'node:vm';
import type { SourceBundle } from '../../frames/frames.ts';
import { cannotImport, moduleKind, resolveRelative } from './module-paths.ts';
import type { ViewContext } from './view-context.ts';

const wrapper = ['(function (exports, require, module, __filename, __dirname) {', '\n})'] as const;

/**
 * Loads a view's files from memory into contexts: CommonJS and ES modules, by relative path only. A process compiles
 * each script once.
 */
export class Modules {
  readonly entry: string;
  readonly #files: ReadonlyMap<string, string>;
  readonly #paths: ReadonlySet<string>;
  readonly #scripts = new Map<string, vm.Script>();
  /** Compiled code of ES modules, which cannot themselves move from context to context. */
  readonly #cache = new Map<string, Buffer>();
  #loader: Loader | undefined;

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

  /** `context`: the runner's own where there is none. */
  sourceTextModule(path: string, context?: vm.Context): vm.SourceTextModule {
    const cachedData = this.#cache.get(path);
    const module = new vm.SourceTextModule(this.content(path), {
      ...(context ? { context } : {}),
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

  /** Loads into this context from now on, and into no earlier one. `loadError` makes the errors that view code sees. */
  enter(view: ViewContext, loadError: (message: string) => Error): Loader {
    this.#loader = new Loader(this, view, loadError);
    return this.#loader;
  }

  async #importFrom(path: string, specifier: string): Promise<vm.Module> {
    if (!this.#loader) throw undefined;
    return this.#loader.importModule(path, specifier);
  }
}

/** The modules of one run. */
export class Loader {
  readonly #modules: Modules;
  readonly #view: ViewContext;
  readonly #loadError: (message: string) => Error;
  readonly #commonjs = new Map<string, { exports: unknown }>();
  readonly #esm = new Map<string, vm.Module>();

  constructor(modules: Modules, view: ViewContext, loadError: (message: string) => Error) {
    this.#modules = modules;
    this.#view = view;
    this.#loadError = loadError;
  }

  /** What the entry file exports as its function; wrapped, since `await` would call a function that has a `then`. */
  async entry(): Promise<{ readonly exported: unknown }> {
    const { entry } = this.#modules;
    if (this.#modules.kind(entry) === 'module') {
      const module = await this.#evaluated(entry);
      return { exported: (module.namespace as { default?: unknown }).default };
    }
    const exported = this.#load(entry) as { default?: unknown } | undefined;
    return {
      exported:
        typeof exported === 'object' && exported !== null && typeof exported.default === 'function'
          ? exported.default
          : exported,
    };
  }

  async importModule(from: string, specifier: string): Promise<vm.Module> {
    return this.#evaluated(this.#resolve(from, specifier));
  }

  #resolve(from: string, specifier: string): string {
    const path = this.#modules.resolve(from, specifier);
    if (path === undefined) throw this.#loadError(cannotImport(specifier, from));
    return path;
  }

  async #evaluated(path: string): Promise<vm.Module> {
    const module = this.#module(path);
    if (module instanceof vm.SourceTextModule && module.status === 'unlinked') module.instantiate();
    await module.evaluate();
    return module;
  }

  /** Linked, and what it imports with it, in one turn: another import of the same may begin in the next. */
  #module(path: string): vm.Module {
    const known = this.#esm.get(path);
    if (known) return known;
    const isSource = this.#modules.kind(path) === 'module';
    const module = isSource ? this.#modules.sourceTextModule(path, this.#view.context) : this.#synthetic(path);
    this.#esm.set(path, module);
    if (module instanceof vm.SourceTextModule)
      module.linkRequests(module.moduleRequests.map(({ specifier }) => this.#module(this.#resolve(path, specifier))));
    return module;
  }

  #synthetic(path: string): vm.SyntheticModule {
    const module: vm.SyntheticModule = new vm.SyntheticModule(
      ['default'],
      () => module.setExport('default', this.#load(path)),
      { context: this.#view.context, identifier: path },
    );
    return module;
  }

  /** CommonJS and JSON. */
  #load(path: string): unknown {
    const loaded = this.#commonjs.get(path);
    if (loaded) return loaded.exports;
    const { context, JSON, Object: ViewObject } = this.#view;
    const module = Object.assign(new ViewObject(), { exports: new ViewObject() as unknown });
    this.#commonjs.set(path, module);
    try {
      const kind = this.#modules.kind(path);
      if (kind === 'json') module.exports = JSON.parse(this.#modules.content(path));
      else if (kind === 'commonjs') {
        const body = this.#modules.script(path).runInContext(context) as (...values: unknown[]) => void;
        const require = (specifier: unknown): unknown => this.#load(this.#resolve(path, String(specifier)));
        const directory = path.split('/').slice(0, -1).join('/');
        Reflect.apply(body, module.exports, [module.exports, require, module, path, directory]);
      } else throw this.#loadError(`${path} is not CommonJS or JSON: use import for it.`);
      return module.exports;
    } catch (error) {
      this.#commonjs.delete(path);
      throw error;
    }
  }
}
