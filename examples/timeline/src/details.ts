import { h } from './dom.ts';
import type { Span } from './lane-kind.ts';
import { whenText } from './lane-drawing.ts';

/** One event, as it is in the keep. */
export class Details {
  readonly element = h('dialog', { class: 'details', 'aria-labelledby': 'details-title' });

  show(span: Span): void {
    const { metadata, payload } = span.event;
    const close = h('button', { class: 'quiet', onclick: () => this.element.close() }, 'Close');
    this.element.replaceChildren(
      h('h2', { id: 'details-title' }, span.label),
      h('p', {}, whenText(span)),
      h('dl', {}, ...factsOf(payload).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      h(
        'p',
        { class: 'hint' },
        `${metadata.profile}, in your keep since ${new Date(metadata.acceptedDate).toLocaleString()}`,
      ),
      close,
    );
    this.element.showModal();
  }
}

/** The members of a payload that are text or numbers, with those inside of them. */
function factsOf(value: unknown, name = '', depth = 0): readonly (readonly [string, string])[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [[name, String(value)]];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 3) return [];
  return Object.entries(value).flatMap(([inner, of]) =>
    factsOf(of, name === '' ? inner : `${name} ${inner}`, depth + 1),
  );
}
