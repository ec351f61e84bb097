import { type Datakeep, KeepError, KeepUnreachable } from '@datakeep/client';
import { h } from './dom.ts';
import { connect, keepUrl } from './keep.ts';

/** The first screen: the keep's address and an association token. `why`: the reason for which it is shown again. */
export function connectScreen(onConnected: (keep: Datakeep) => void, why?: string): HTMLElement {
  const said = h('p', { class: 'problem', role: 'alert' }, why);
  const address = h('input', {
    id: 'address',
    type: 'url',
    required: true,
    value: keepUrl() ?? 'http://127.0.0.1:8020',
    autocomplete: 'url',
  });
  const token = h('input', { id: 'token', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false' });
  const button = h('button', { class: 'primary' }, 'Connect');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = '';
    try {
      onConnected(await connect(address.value, token.value.trim()));
    } catch (error) {
      said.textContent = reasonOf(error, address.value);
      button.disabled = false;
    }
  };
  return h(
    'main',
    { class: 'connect' },
    h('h1', {}, 'Timeline'),
    h('p', { class: 'lead' }, 'Your days, from what is in your keep. It stays there: this page asks, you decide.'),
    h(
      'form',
      { onsubmit: (event: SubmitEvent) => void submit(event) },
      h('label', { for: 'address' }, 'Address of your keep'),
      address,
      h('label', { for: 'token' }, 'Association token'),
      token,
      h('p', { class: 'hint' }, 'From your Control Centre: Apps, New app, then its association token. It works once.'),
      said,
      button,
    ),
  );
}

function reasonOf(error: unknown, url: string): string {
  if (error instanceof KeepUnreachable)
    return `No answer from ${url}. Is that its address, does it run, and may a page of ${location.protocol} call it?`;
  if (!(error instanceof KeepError)) return error instanceof Error ? error.message : String(error);
  if (error.is('association-token-unknown')) return 'Your keep does not know this token. Copy it once more, whole.';
  if (error.status === 410) return 'This token was used, or is too old. Make another one in the Control Centre.';
  return error.detail;
}
