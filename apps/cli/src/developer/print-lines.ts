import { once } from 'node:events';

/**
 * Prints each item as a line of JSON, no faster than it is read; ends early where the output takes no more (`run`
 * reports that).
 */
export async function printLines(items: AsyncIterable<unknown>): Promise<void> {
  const output = process.stdout;
  let hasLeft = false;
  output.once('error', () => {
    hasLeft = true;
  });
  for await (const item of items) {
    if (hasLeft) return;
    // A reader that leaves closes the stream without draining it.
    if (!output.write(`${JSON.stringify(item)}\n`)) await Promise.race([once(output, 'drain'), once(output, 'close')]);
  }
}
