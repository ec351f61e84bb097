import { type Day, hour, timeText } from './day.ts';
import { h } from './dom.ts';

const step = 5 * 60_000;
const keys: Readonly<Record<string, number>> = {
  ArrowLeft: -step,
  ArrowRight: step,
  ArrowDown: -step,
  ArrowUp: step,
  PageDown: -hour,
  PageUp: hour,
};

/** The hours above the lanes, and the time that one looks at: a slider, moved by the pointer and by keys. */
export class Axis {
  readonly element = h('div', { class: 'scale' });
  readonly #hours = h('div', { class: 'hours', 'aria-hidden': 'true' });
  readonly #slider: HTMLElement;
  readonly #onTime: (time: number, isChosen: boolean) => void;
  #day: Day;
  #time: number;

  constructor(day: Day, board: HTMLElement, onTime: (time: number, isChosen: boolean) => void) {
    this.#day = day;
    this.#onTime = onTime;
    this.#time = day.holds(Date.now()) ? Date.now() : day.start + 12 * hour;
    const onkeydown = (event: KeyboardEvent): void => this.#onKey(event);
    this.#slider = h('div', { class: 'cursor', role: 'slider', tabindex: 0, 'aria-label': 'Time', onkeydown });
    this.element.append(this.#hours, this.#slider);
    board.addEventListener('pointermove', (event) => this.#onPointer(event));
    board.addEventListener('pointerdown', (event) => this.#onPointer(event));
    this.setDay(day);
  }

  get time(): number {
    return this.#time;
  }

  setDay(day: Day): void {
    const since = this.#time - this.#day.start;
    this.#day = day;
    const ticks = [];
    for (let at = day.start; at < day.end; at += hour)
      ticks.push(h('span', { style: `left:${day.percent(at)}%` }, String(new Date(at).getHours())));
    this.#hours.replaceChildren(...ticks);
    this.setTime(day.start + since, true);
  }

  /** `isChosen`: by a click or a key, and not in passing. */
  setTime(time: number, isChosen: boolean): void {
    this.#time = Math.min(this.#day.end - step, Math.max(this.#day.start, time));
    const minutes = Math.round((this.#time - this.#day.start) / 60_000);
    this.#slider.setAttribute('aria-valuemin', '0');
    this.#slider.setAttribute('aria-valuemax', String((this.#day.end - this.#day.start) / 60_000));
    this.#slider.setAttribute('aria-valuenow', String(minutes));
    this.#slider.setAttribute('aria-valuetext', timeText(this.#time));
    this.#slider.dataset['time'] = timeText(this.#time);
    this.#slider.style.left = `${this.#day.percent(this.#time)}%`;
    this.#onTime(this.#time, isChosen);
  }

  #onKey(event: KeyboardEvent): void {
    const { start, end } = this.#day;
    const by = keys[event.key];
    const to =
      event.key === 'Home' ? start : event.key === 'End' ? end : by === undefined ? undefined : this.#time + by;
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.setTime(to, true);
  }

  #onPointer({ clientX, pointerType, type }: PointerEvent): void {
    // A finger that moves scrolls.
    if (pointerType === 'touch' && type === 'pointermove') return;
    const { left, width } = this.element.getBoundingClientRect();
    const part = (clientX - left) / width;
    if (part < 0 || part > 1) return;
    this.setTime(
      this.#day.start + Math.round((part * (this.#day.end - this.#day.start)) / 60_000) * 60_000,
      type === 'pointerdown',
    );
  }
}
