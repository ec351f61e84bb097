import type { Exit } from '../process/view-process.ts';
import type { CheckComplaint, SourceBundle } from '../frames/frames.ts';

/** Reads what Node prints of a syntax error: `path:line`, the line, a caret under the column, the message. */
export function syntaxComplaint({ stderrTail }: Exit, bundle: SourceBundle): CheckComplaint {
  const lines = stderrTail.split('\n');
  const at = lines.findIndex((line) => bundle.files.some(({ path }) => line.startsWith(`${path}:`)));
  const message = /^SyntaxError: (.{1,300})/m.exec(stderrTail)?.[1];
  if (at < 0 || message === undefined) return { path: '', message: 'The source cannot be compiled.' };
  const head = lines[at]!;
  const split = head.lastIndexOf(':');
  const column = (lines[at + 2]?.indexOf('^') ?? -1) + 1;
  return {
    path: head.slice(0, split),
    message,
    line: Number(head.slice(split + 1)),
    ...(column > 0 ? { column } : {}),
  };
}
