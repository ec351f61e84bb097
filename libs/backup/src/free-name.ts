import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** `name`, or with a number where something has it. */
export function freeName(folder: string, name: string, ending = ''): string {
  for (let count = 1; ; count++) {
    const candidate = `${name}${count === 1 ? '' : `-${count}`}${ending}`;
    if (!existsSync(join(folder, candidate))) return candidate;
  }
}
