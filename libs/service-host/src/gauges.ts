import { Gauge, type Registry } from 'prom-client';

/** A question that several metrics ask in one scrape: while it is being answered it is not asked again. */
export function askedOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () =>
    (asked ??= ask().finally(() => {
      asked = undefined;
    }));
}

/** With a `label`, one gauge has a figure by each of its values. */
type MakeGauge<T> = (
  name: string,
  help: string,
  value: (answer: T) => number | Readonly<Record<string, number>>,
  label?: string,
) => void;

/** Makes gauges of one answer, which each scrape asks for once. */
export function gaugesOf<T>(registry: Registry, ask: () => Promise<T>): MakeGauge<T> {
  const answer = askedOnce(ask);
  return (name, help, value, label = '') =>
    void new Gauge({
      name,
      help,
      labelNames: label === '' ? [] : [label],
      registers: [registry],
      async collect() {
        const figures = value(await answer());
        if (typeof figures === 'number') this.set(figures);
        else for (const [of, figure] of Object.entries(figures)) this.set({ [label]: of }, figure);
      },
    });
}
