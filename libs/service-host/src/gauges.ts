import { Gauge, type Registry } from 'prom-client';
import { askedOnce } from './asked-once.ts';

/** Makes gauges of one answer, which each scrape asks for once. */
export function gaugesOf<T>(
  registry: Registry,
  ask: () => Promise<T>,
): (name: string, help: string, value: (answer: T) => number) => void {
  const answer = askedOnce(ask);
  return (name, help, value) =>
    void new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(value(await answer()));
      },
    });
}
