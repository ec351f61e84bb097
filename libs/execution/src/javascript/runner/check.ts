import vm from 'node:vm';
import { encodeFrame, frameKinds, type CheckComplaint, type SourceBundle } from '../../frames/frames.ts';
import { cannotImport } from './module-paths.ts';
import { Modules } from './modules.ts';

/** Bounds of the answer: more complaints, or longer ones, would not fit into the frame. */
const maxComplaints = 20;
const maxMessage = 300;

/**
 * Compiles every file and runs none. A syntax error of an ES module knows its line only when Node itself prints it,
 * so such an error is thrown again, ends the process, and the supervisor reads its place from stderr.
 */
export function check(bundle: SourceBundle, write: (frame: Buffer) => void): void {
  const modules = new Modules(bundle);
  const complaints: CheckComplaint[] = [];
  for (const { path, content } of bundle.files) {
    const kind = modules.kind(path);
    if (kind === 'json') {
      const message = jsonError(content);
      if (message !== undefined) complaints.push({ path, message });
    } else if (kind === 'commonjs') {
      vm.compileFunction(content, ['exports', 'require', 'module', '__filename', '__dirname'], {
        filename: path,
      });
    } else if (kind === 'module') {
      for (const { specifier } of modules.sourceTextModule(path).moduleRequests)
        if (modules.resolve(path, specifier) === undefined)
          complaints.push({ path, message: cannotImport(specifier, path).slice(0, maxMessage) });
    }
  }
  write(encodeFrame(frameKinds.checked, 0, JSON.stringify(complaints.slice(0, maxComplaints))));
}

function jsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `Not JSON: ${error.message.slice(0, 200)}` : 'Not JSON.';
  }
}
