import { createServer } from 'node:net';

/**
 * Ports of one process: test files run concurrently, and even checking whether a port is free holds it for a moment.
 */
const slice = 300;
const slices = 60;
const given = new Set<number>();

/**
 * Below the range from which the system itself takes ports: no connection takes a port that is free now in the next
 * moment.
 */
export async function freePorts(count: number): Promise<number[]> {
  const first = 12_000 + (process.pid % slices) * slice;
  const ports: number[] = [];
  while (ports.length < count) {
    // None twice, as long as there are others.
    if (given.size === slice) given.clear();
    const port = first + Math.floor(Math.random() * slice);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  const holder = createServer();
  return new Promise((resolve) => {
    holder.once('error', () => resolve(false));
    holder.listen(port, '127.0.0.1', () => holder.close(() => resolve(true)));
  });
}
