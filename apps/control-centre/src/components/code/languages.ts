import type { Extension } from '@codemirror/state';

export type Language = 'javascript' | 'python' | 'json' | 'text';

/** The language of a file by its name; source of a runtime that the keep does not know is plain text. */
export function languageOf(path: string): Language {
  if (/\.(m?js|cjs)$/.test(path)) return 'javascript';
  if (path.endsWith('.py')) return 'python';
  return path.endsWith('.json') ? 'json' : 'text';
}

/** Each grammar is a separate chunk, loaded when it is first shown. */
export async function grammarOf(language: Language): Promise<Extension> {
  if (language === 'javascript') return (await import('@codemirror/lang-javascript')).javascript();
  if (language === 'python') return (await import('@codemirror/lang-python')).python();
  if (language === 'json') return (await import('@codemirror/lang-json')).json();
  return [];
}
