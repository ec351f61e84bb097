import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { baseOf } from './base.ts';
import { grammarOf, type Language } from './languages.ts';

export interface ComparisonProperties {
  readonly label: string;
  readonly before: string;
  readonly after: string;
  readonly language: Language;
}

/** Two texts as one: what went, what came; equal stretches are folded. */
export default function Comparison({ label, before, after, language }: ComparisonProperties) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let editor: EditorView | undefined;
    let gone = false;
    const show = async (): Promise<void> => {
      const grammar = await grammarOf(language);
      if (gone) return;
      editor = new EditorView({
        parent: place.current!,
        state: EditorState.create({
          doc: after,
          extensions: [
            ...baseOf(label, true, after),
            grammar,
            unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
          ],
        }),
      });
    };
    void show();
    return () => {
      gone = true;
      editor?.destroy();
    };
  }, [label, before, after, language]);
  return <div ref={place} className="code" />;
}
