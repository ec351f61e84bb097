import type { ExecutionService, RuntimeReport } from '@datakeep/contracts';

/** The execution services of this keep by runtime name. */
export class Runtimes {
  readonly #services: ReadonlyMap<string, ExecutionService>;

  constructor(services: readonly ExecutionService[]) {
    this.#services = new Map(services.map((service) => [service.runtime, service]));
  }

  get(name: string): ExecutionService | undefined {
    return this.#services.get(name);
  }

  names(): readonly string[] {
    return [...this.#services.keys()];
  }

  reports(): Promise<readonly RuntimeReport[]> {
    return Promise.all([...this.#services.values()].map((service) => service.report()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.close()));
  }
}
