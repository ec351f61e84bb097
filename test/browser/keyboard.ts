import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The actions of a person who uses only a keyboard. */
export interface Keyboard {
  /** Presses Tab until it has the focus, and sees that one can see so. */
  tabTo(target: Locator): Promise<void>;
  /** Goes there and presses a key; default: Enter. */
  press(target: Locator, key?: string): Promise<void>;
  /** Goes to a field and types into it, over what is there. */
  type(target: Locator, text: string): Promise<void>;
  /** Goes to a box with a list and takes the choice of that name. */
  choose(target: Locator, option: string): Promise<void>;
  openSection(name: string): Promise<void>;
}

export function keyboardOf(page: Page): Keyboard {
  const hasFocus = (target: Locator): Promise<boolean> =>
    target.evaluate((element) => (element as { matches(selector: string): boolean }).matches(':focus-visible'));

  const tabTo = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let presses = 0; presses < 120; presses += 1) {
      if (await hasFocus(target)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never came to ${target.toString()}.`);
  };
  const press = async (target: Locator, key = 'Enter'): Promise<void> => {
    await tabTo(target);
    await page.keyboard.press(key);
  };
  return {
    tabTo,
    press,
    async type(target, text) {
      await press(target, 'ControlOrMeta+a');
      await page.keyboard.insertText(text);
    },
    async choose(target, option) {
      await press(target, 'ArrowDown');
      const wanted = page.getByRole('option', { name: option, exact: true });
      await wanted.waitFor();
      const id = await wanted.getAttribute('id');
      const active = (): Promise<string | null> => target.getAttribute('aria-activedescendant');
      const count = await page.getByRole('option').count();
      for (let presses = 0; presses <= count && (await active()) !== id; presses += 1) {
        const before = await active();
        await page.keyboard.press('ArrowDown');
        // The list is drawn anew after each, which a person sees. Of one choice it stays where it is.
        await expect.poll(active).not.toBe(count === 1 ? null : before);
      }
      await page.keyboard.press('Enter');
      await expect.poll(() => target.inputValue()).toBe(option);
    },
    async openSection(name) {
      await press(page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name }));
      await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    },
  };
}
