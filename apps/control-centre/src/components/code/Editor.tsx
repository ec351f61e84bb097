import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { baseOf } from './base.ts';
import { grammarOf, type Language } from './languages.ts';

/** A fault at a line, counted from 1. */
export interface Mark {
  readonly line: number;
  readonly message: string;
}

export interface EditorProperties {
  readonly label: string;
  readonly value: string;
  readonly language: Language;
  /** Absent: the code is shown and cannot be changed. */
  readonly onChange?: (value: string) => void;
  readonly marks?: readonly Mark[];
  readonly minHeight?: number;
  readonly maxHeight?: number;
}

/** By lines: CodeMirror has no ends of lines, and those that are not edited stay as they are. */
const isSame = (state: EditorState, value: string): boolean => state.doc.eq(state.toText(value));

export default function Editor(properties: EditorProperties) {
  const { label, value, language, onChange, marks, minHeight = 80, maxHeight = 480 } = properties;
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };
  const readOnly = onChange === undefined;

  useEffect(() => {
    const grammar = new Compartment();
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          ...baseOf(label, readOnly, value),
          lintGutter(),
          grammar.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !isSame(update.state, latest.current.value))
              latest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    // CodeMirror measures its lines when its own box changes; where lines changed without it, line numbers would be out
    // of step.
    const resized = new ResizeObserver(() => editor.requestMeasure());
    resized.observe(editor.contentDOM);
    const highlight = async (): Promise<void> => {
      const extension = await grammarOf(language);
      if (view.current === editor) editor.dispatch({ effects: grammar.reconfigure(extension) });
    };
    void highlight();
    return () => {
      view.current = undefined;
      resized.disconnect();
      editor.destroy();
    };
    // `value` is what the editor begins with; later changes arrive by the effect below.
  }, [label, language, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor && !isSame(editor.state, value))
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        (marks ?? []).map(({ line, message }) => {
          const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
          return { from, to, message, severity: 'error' as const };
        }),
      ),
    );
  }, [marks]);

  return (
    <div
      ref={place}
      className="code"
      style={{ '--code-min': `${minHeight}px`, '--code-max': `${maxHeight}px` } as React.CSSProperties}
    />
  );
}
