import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { styleNonce } from '../ui/theme.tsx';

/** Colours by CSS variables, so that the theme of the page is that of the code; each has 4.5:1 in both. */
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.comment], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-property)' },
  { tag: [tags.function(tags.variableName), tags.className], color: 'var(--code-function)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '0.85rem', backgroundColor: 'var(--mantine-color-body)', color: 'var(--mantine-color-text)' },
  '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.5' },
  '.cm-gutters': {
    backgroundColor: 'var(--mantine-color-body)',
    color: 'var(--mantine-color-dimmed)',
    border: 'none',
  },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)' },
});

/**
 * The browser lays out a wrapped line as a whole, which takes a second for one of 1 MiB; an unwrapped line is drawn in
 * part.
 */
const longestWrapped = 10_000;

function hasLongLine(text: string): boolean {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    if ((end === -1 ? text.length : end) - start > longestWrapped) return true;
    if (end === -1) return false;
    start = end + 1;
  }
  return false;
}

/** What every view of code has. Tab leaves the editor (WCAG 2.1.2); what cannot be seen (bidi controls) is marked. */
export function baseOf(label: string, readOnly: boolean, text: string): Extension[] {
  return [
    EditorView.cspNonce.of(styleNonce()),
    lineNumbers(),
    highlightSpecialChars(),
    drawSelection(),
    bracketMatching(),
    syntaxHighlighting(highlighting),
    look,
    ...(hasLongLine(text) ? [] : [EditorView.lineWrapping]),
    // An editable element has the focus without it; axe asks for it where the code scrolls.
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    ...(readOnly
      ? [EditorState.readOnly.of(true), EditorView.editable.of(false)]
      : [history(), indentOnInput(), keymap.of([...defaultKeymap, ...historyKeymap])]),
  ];
}
