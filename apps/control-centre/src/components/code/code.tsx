import { Suspense } from 'react';
import { lazily } from '../../api/load-code.ts';
import { Skeleton } from '../ui/mantine.ts';
import type { ComparisonProperties } from './Comparison.tsx';
import type { EditorProperties } from './Editor.tsx';
import './code.css';

export { languageOf } from './languages.ts';
export type { Mark } from './Editor.tsx';

// CodeMirror is loaded with the first code that is shown.
const LazyEditor = lazily(async () => (await import('./Editor.tsx')).default);
const LazyComparison = lazily(async () => (await import('./Comparison.tsx')).default);

export function CodeEditor(properties: EditorProperties) {
  return (
    <Suspense fallback={<Skeleton height={properties.minHeight ?? 80} aria-label="Loading the editor" />}>
      <LazyEditor {...properties} />
    </Suspense>
  );
}

/** Code or JSON to read: only the lines in sight are drawn, so a text of 1 MiB does not freeze. */
export function CodeView(properties: Omit<EditorProperties, 'onChange'>) {
  return <CodeEditor {...properties} />;
}

/** A JSON value, printed over several lines. */
export function JsonView({ label, value }: { readonly label: string; readonly value: unknown }) {
  return <CodeView label={label} language="json" value={JSON.stringify(value, undefined, 2) ?? 'null'} />;
}

export function CodeComparison(properties: ComparisonProperties) {
  return (
    <Suspense fallback={<Skeleton height={160} aria-label="Loading the comparison" />}>
      <LazyComparison {...properties} />
    </Suspense>
  );
}
