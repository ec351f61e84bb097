import { Gauge, type Registry } from 'prom-client';

/** A question that several metrics ask in one scrape: while it is being answered it is not asked again. */
export function askedOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () =>
    (pending ??= ask().finally(() => {
      pending = undefined;
    }));
}

/** With a `label`, one gauge has a figure by each of its values. */
type MakeGauge<T> = (
  name: string,
  help: string,
  value: (answer: T) => number | Readonly<Record<string, number>>,
  label?: string,
) => void;

/** Makes gauges of one answer, which each scrape asks for once. Without an answer they have no figures. */
export function gaugesOf<T>(registry: Registry, ask: () => Promise<T>): MakeGauge<T> {
  const answer = askedOnce(ask);
  return (name, help, value, label = '') =>
    void new Gauge({
      name,
      help,
      labelNames: label === '' ? [] : [label],
      registers: [registry],
      async collect() {
        // A scrape has the figures of the others, such as of the requests that are refused meanwhile.
        const answered = await answer().catch(() => undefined);
        // Trap: `reset` makes a gauge without labels 0.
        if (answered === undefined) return label === '' ? this.remove() : this.reset();
        const figures = value(answered);
        if (typeof figures === 'number') this.set(figures);
        else for (const [of, figure] of Object.entries(figures)) this.set({ [label]: of }, figure);
      },
    });
}
