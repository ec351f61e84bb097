import { Notifications } from '@mantine/notifications';
import { createTheme, MantineProvider, type CSSVariablesResolver } from '@mantine/core';
import type { FocusEvent, KeyboardEvent, MouseEvent, ReactNode } from 'react';
import './styles.ts';

const theme = createTheme({
  primaryColor: 'indigo',
  // White on each is at 4.5:1 at least, and each is at 3:1 on its page.
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono", monospace',
  headings: { fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    // Colour alone does not mark a link in a text (WCAG 2.2, 1.4.1).
    Anchor: { defaultProps: { underline: 'always' } },
    Fieldset: { styles: { legend: { fontWeight: 'var(--mantine-font-weight-medium)' } } },
    // On a phone nothing else says that a table goes on to the right.
    ScrollArea: { defaultProps: { type: 'auto', offsetScrollbars: 'present' } },
    Modal: { styles: { title: { fontWeight: 650 } } },
    ModalContent: { defaultProps: { onFocusCapture: keepFocus } },
    // A dialog's header is no banner of the page (axe: landmark-no-duplicate-banner).
    ModalHeader: { defaultProps: { role: 'none' } },
    Select: { defaultProps: { onKeyDownCapture: takeMarked } },
    // The same file can be chosen again, once it was changed.
    FileButton: { defaultProps: { inputProps: { onClick: forgetFile } } },
  },
});

/**
 * Enter takes the option that is marked. Mantine forgets which one that is where its timer of opening the list comes
 * after the arrow key (useCombobox); Enter would then send the form, without the choice.
 */
function takeMarked(event: KeyboardEvent<HTMLInputElement>): void {
  const list = event.currentTarget.getAttribute('aria-controls');
  if (event.key !== 'Enter' || event.nativeEvent.isComposing || list === null) return;
  const marked = document.getElementById(list)?.querySelector<HTMLElement>('[data-combobox-selected]');
  if (!marked) return;
  event.preventDefault();
  event.stopPropagation();
  marked.click();
}

/**
 * What has the focus in a dialog keeps it. Mantine gives the focus by timers to the field that is marked for it
 * (useFocusTrap); on a busy machine they come when the owner is in another field already, and what is typed there would
 * go into the marked one.
 */
function keepFocus({ currentTarget: dialog, target }: FocusEvent<HTMLElement>): void {
  if (!dialog.contains(target)) return;
  for (const marked of dialog.querySelectorAll('[data-autofocus]')) marked.removeAttribute('data-autofocus');
  target.setAttribute('data-autofocus', 'true');
}

function forgetFile(event: MouseEvent<HTMLInputElement>): void {
  event.currentTarget.value = '';
}

/** Mantine's dimmed text is at 3.3:1 in the light theme; WCAG 2.2 (1.4.3) asks for 4.5:1. */
const cssVariables: CSSVariablesResolver = (resolved) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': resolved.colors.gray[7],
    '--mantine-color-placeholder': resolved.colors.gray[7],
    '--mantine-color-error': resolved.colors.red[9],
    '--mantine-color-anchor': resolved.colors.indigo[8],
    // Indigo on Mantine's own is at 4.1:1.
    '--mantine-color-indigo-light-hover': '#ccd7ff',
  },
  dark: {
    '--mantine-color-dimmed': resolved.colors.dark[1],
    '--mantine-color-placeholder': resolved.colors.dark[1],
    '--mantine-color-error': resolved.colors.red[4],
    '--mantine-color-anchor': resolved.colors.indigo[3],
  },
});

/** The nonce that the gateway gave this page's styles (Content-Security-Policy `style-src`). */
export function styleNonce(): string {
  return document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

// The scroll lock under a dialog (react-remove-scroll) writes a style element, with the nonce of this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={cssVariables}
      getStyleNonce={styleNonce}
    >
      {children}
      <Notifications position="bottom-right" limit={3} />
    </MantineProvider>
  );
}
