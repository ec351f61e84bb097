import type { SourceFile } from '@datakeep/contracts';
import { MemorySourceStore } from '@datakeep/execution';
import { type Config, createLogger, DatakeepError, ObjectIds, SystemClock } from '@datakeep/kernel';
import { openRuntimes } from '../../../../standalone/src/index.ts';
import type { Fault } from './view-template.ts';

/** The runtimes whose source can be checked on this machine. */
export const checkedRuntimes: readonly string[] = ['javascript', 'python'];

/**
 * What the runtime of a keep refuses of the source: paths, the entry file, the syntax. It compiles the files, in the
 * process and jail that a keep would do it in, and runs none.
 */
export async function sourceFaultsOf(
  runtime: string,
  files: readonly SourceFile[],
  config: Config,
): Promise<readonly Fault[]> {
  const clock = new SystemClock();
  try {
    const runtimes = await openRuntimes({
      config: {
        ...config,
        runtimes: [{ name: runtime }],
        executionPort: undefined,
        viewProcesses: 1,
        // Nothing of the view runs here.
        allowUnconfinedViews: true,
      },
      sources: new MemorySourceStore(),
      clock,
      ids: new ObjectIds(),
      logger: createLogger('error', { write: () => undefined }),
      selfTest: false,
    });
    try {
      await runtimes.services.get(runtime)?.upload(files);
      return [];
    } finally {
      await runtimes.close();
    }
  } catch (error) {
    const { code, errors } = DatakeepError.from(error) ?? {};
    if (code !== 'invalid' || errors === undefined) throw error;
    return errors.map(({ pointer, detail }) => ({ pointer, detail }));
  }
}

/** A pointer into the files of a request, for a person: the file's path. */
export const namedPlace = (pointer: string, files: readonly SourceFile[]): string =>
  pointer.replace(/^\/files\/(\d+)(\/(path|content))?/, (whole, index: string) => files[Number(index)]?.path ?? whole);
