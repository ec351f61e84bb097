/**
 * `console` of one run; levels are indexes of `logLevels` (frames.ts). Node's own writes to streams, which takes ten
 * times as long for a line.
 */
export function makeConsole(print: (level: number, values: readonly unknown[]) => void): object {
  const at =
    (level: number) =>
    (...values: unknown[]): void =>
      print(level, values);
  const counts = new Map<string, number>();
  const started = new Map<string, number>();
  return {
    debug: at(0),
    trace: at(0),
    log: at(1),
    info: at(1),
    dir: (value: unknown) => print(1, [value]),
    table: (value: unknown) => print(1, [value]),
    group: at(1),
    groupCollapsed: at(1),
    groupEnd: () => undefined,
    warn: at(2),
    error: at(3),
    assert: (held: unknown, ...values: unknown[]) => {
      if (!held) print(3, ['Assertion failed', ...values]);
    },
    count: (label: unknown = 'default') => {
      const count = (counts.get(String(label)) ?? 0) + 1;
      counts.set(String(label), count);
      print(1, [`${String(label)}: ${count}`]);
    },
    countReset: (label: unknown = 'default') => void counts.delete(String(label)),
    time: (label: unknown = 'default') => void started.set(String(label), Date.now()),
    timeEnd: (label: unknown = 'default') => {
      print(1, [`${String(label)}: ${Date.now() - (started.get(String(label)) ?? Date.now())} ms`]);
      started.delete(String(label));
    },
  };
}
