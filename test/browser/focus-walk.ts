import type { Page } from 'playwright-core';

/** What the walk uses of the browser: the program's types are Node's. */
interface Element {
  readonly tagName: string;
  readonly outerHTML: string;
  readonly isConnected: boolean;
  readonly parentElement: Element | null;
  readonly type?: string;
  readonly name?: string;
  readonly checked?: boolean;
  matches(selector: string): boolean;
  closest(selector: string): Element | null;
  checkVisibility(options: object): boolean;
}
interface InPage {
  readonly document: { activeElement: Element | null; querySelectorAll(selector: string): Iterable<Element> };
  requestAnimationFrame(frame: () => void): void;
  getComputedStyle(element: Element): Readonly<Record<string, string>>;
  focusWalk: { step(): Promise<number>; findings(): string[] };
}

/** Runs in the page, so it uses nothing of this file. */
function install(): void {
  const page = globalThis as unknown as InPage;
  const interactive =
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [contenteditable=true], ' +
    '[role=button], [role=link], [role=checkbox], [role=switch], [role=combobox], [role=radio]';
  // Arrow keys move within a group of radios and a list of tabs; a field's own small buttons repeat what its keys do.
  const byOtherKeys = '[role=tab][tabindex="-1"], .mantine-Input-section button, .mantine-NumberInput-control';
  const all = [...page.document.querySelectorAll(interactive)];
  const isOtherRadio = (element: Element): boolean =>
    element.type === 'radio' &&
    element.checked === false &&
    all.some(({ type, name, checked }) => type === 'radio' && name === element.name && checked === true);
  const expected = new Set(
    all.filter(
      (element) =>
        element.checkVisibility({ visibilityProperty: true }) &&
        !element.matches(':disabled') &&
        !element.matches(byOtherKeys) &&
        !isOtherRadio(element),
    ),
  );
  const reached = new Set<Element>();
  const unseen = new Set<Element>();
  const looks = (element: Element): string => {
    const styles: string[] = [];
    let at: Element | null = element;
    for (let depth = 0; at !== null && depth < 4; depth += 1, at = at.parentElement) {
      const { outline, outlineStyle, boxShadow, borderColor } = page.getComputedStyle(at);
      styles.push(`${outlineStyle === 'none' ? '' : outline} ${boxShadow} ${borderColor}`);
    }
    return styles.join('|');
  };
  let last: { readonly element: Element; readonly look: string } | undefined;
  // An update meanwhile, such as the answer to a look-up of a name, may replace an element.
  const missing = (): Element[] => [...expected].filter((element) => element.isConnected && !reached.has(element));
  page.focusWalk = {
    async step() {
      // Borders change with a transition, and an editor marks itself by a timer.
      await new Promise<void>((resolve) => void setTimeout(() => page.requestAnimationFrame(resolve), 25));
      const element = page.document.activeElement;
      // A field for a date has a stop for each of its parts.
      if (last !== undefined && last.element === element) return missing().length;
      if (last !== undefined && looks(last.element) === last.look) unseen.add(last.element);
      last = element === null || element.tagName === 'BODY' ? undefined : { element, look: looks(element) };
      if (last !== undefined) reached.add(last.element);
      return missing().length;
    },
    findings() {
      const describe = ({ outerHTML }: Element): string => outerHTML.slice(0, 200);
      return [
        ...missing().map((one) => `not reached: ${describe(one)}`),
        ...[...unseen].map((one) => `its focus does not show: ${describe(one)}`),
      ];
    },
  };
}

/** What Tab does not reach on the page as it is, and where nothing shows that it was reached. */
export async function focusFindings(page: Page): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(install);
  // Rows that come meanwhile are stops too, so the limit is that of a walk that never ends.
  let left = Number.POSITIVE_INFINITY;
  for (let presses = 0; left > 0 && presses < 1_000; presses += 1) left = await press(page);
  // How the last one looked with its focus is compared at the next.
  await press(page);
  return page.evaluate(() => (globalThis as unknown as InPage).focusWalk.findings());
}

async function press(page: Page): Promise<number> {
  await page.keyboard.press('Tab');
  return page.evaluate(() => (globalThis as unknown as InPage).focusWalk.step());
}
