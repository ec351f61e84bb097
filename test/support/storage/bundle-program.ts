import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const worker = (path: string): string => join(root, 'libs/storage/src/engines/sqlite', path);

/**
 * Bundles a program that opens a SQLite storage, and each of its threads, into one file each; returns the program's
 * path. It takes a second, and each process that runs it then needs 0.2 s of CPU instead of the 0.55 s of loading the
 * libs from source: worth it where a test starts dozens.
 */
export async function bundleProgram(program: string, folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    resolve: { alias: [{ find: /^@datakeep\/([a-z-]+)$/, replacement: join(root, 'libs/$1/src/index.ts') }] },
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: {
        // The modules of Nest, which the libs' indexes export and no program here uses, are left out.
        treeshake: { moduleSideEffects: false },
        input: {
          program,
          'writer.worker': worker('writer/writer.worker.ts'),
          'reader.worker': worker('reader/reader.worker.ts'),
          'advice.worker': worker('advice/advice.worker.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return join(folder, 'program.js');
}
