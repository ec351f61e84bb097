import type { CreateViewTemplate, DryRun, TemplateFile } from '../../api/operations.ts';
import { ProblemError } from '../../api/problem.ts';
import type { Mark } from '../../components/code/code.tsx';
import { jsonFault } from '../../components/code/json-places.ts';
import type { Limits } from './limits.ts';

export type Needed = CreateViewTemplate['permissions'][number];

/** A template as it is being written. Text of numbers stays text until it is sent. */
export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly runtime: string;
  readonly permissions: readonly Needed[];
  readonly limits: Limits;
  readonly files: readonly TemplateFile[];
}

const starts: Readonly<Record<string, TemplateFile>> = {
  javascript: {
    path: 'main.js',
    content: `module.exports = async (parameters, keep) => {
  const { configuration, clientCustomData } = parameters;
  // const { items } = await keep.events.query({ profile: 'example.com/thing' });
  return { configuration, clientCustomData };
};
`,
  },
  python: {
    path: 'main.py',
    content: `def main(parameters, keep):
    # events = keep.events.query({"profile": "example.com/thing"})["items"]
    return {"configuration": parameters["configuration"]}
`,
  },
};

export function emptyDraft(runtime = 'javascript'): Draft {
  return { name: '', description: '', runtime, permissions: [], limits: {}, files: startFiles(runtime) };
}

export function startFiles(runtime: string): readonly TemplateFile[] {
  return [starts[runtime] ?? { path: 'main.txt', content: '' }];
}

export function bodyOf(draft: Draft): CreateViewTemplate {
  const { name, description, runtime, permissions, limits, files } = draft;
  return {
    name,
    ...(description === '' ? {} : { description }),
    runtime,
    permissions: [...permissions],
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    files: [...files],
  };
}

/** The faults of a file, at their lines: from a refusal (`/files/0/content`, "line 3: …") or from a dry run's error. */
export function marksOf(path: string, index: number, refusal: unknown, run: DryRun | undefined): readonly Mark[] {
  const marks: Mark[] = [];
  if (refusal instanceof ProblemError)
    for (const { pointer, detail } of refusal.problem.errors ?? [])
      if (pointer.startsWith(`/files/${index}`)) {
        const line = /\bline (\d+)/i.exec(detail)?.[1] ?? /:(\d+)/.exec(detail)?.[1];
        marks.push({ line: Number(line ?? 1), message: detail });
      }
  const { error } = run ?? {};
  if (error?.file === path) marks.push({ line: error.line ?? 1, message: error.message });
  return marks;
}

/** JSON as it was typed: its value, or why it is none. Nothing is `undefined`. */
export function readJson(text: string): { readonly value?: unknown; readonly fault?: string } {
  if (text.trim() === '') return {};
  const fault = jsonFault(text);
  return fault ? { fault: fault.message } : { value: JSON.parse(text) as unknown };
}
