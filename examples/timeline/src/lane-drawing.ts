import { type Day, durationText, hour, timeText } from './day.ts';
import { h, s } from './dom.ts';
import type { Content, Figures, Sample, Span } from './lane-kind.ts';

/** More of a day than this is no picture any more. */
const mostSpans = 400;
/** A label of some words takes as much of the axis, on a screen that is wide. */
const labelMs = 2.5 * hour;

/** What a lane has of a day, on the day's axis. */
export function drawing(content: Content, day: Day, onSelect: (span: Span) => void): HTMLElement[] {
  const { spans = [], curve, bars } = content;
  return [
    ...(bars?.samples.length ? [barsOf(bars, day)] : []),
    ...(curve?.samples.length ? [curveOf(curve, day)] : []),
    ...(spans.length > 0 ? [spansOf(spans.slice(0, mostSpans), day, onSelect)] : []),
  ];
}

interface Drawn {
  readonly span: Span;
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** Each on its row, or on the first that is free for as long as a label takes. */
function placed(spans: readonly Span[], day: Day): readonly Drawn[] {
  const ends: number[] = [];
  return spans.map((span) => {
    const from = Math.max(span.from, day.start);
    const to = Math.min(span.to, day.end);
    const free = ends.findIndex((end) => end <= from);
    const row = span.row ?? (free === -1 ? ends.length : free);
    ends[row] = Math.max(to, from + labelMs);
    return { span, row, from, to };
  });
}

function spansOf(spans: readonly Span[], day: Day, onSelect: (span: Span) => void): HTMLElement {
  const drawn = placed(
    spans.toSorted((one, other) => one.from - other.from),
    day,
  );
  const items = drawn.map(({ span, row, from, to }, index) => {
    // A label goes beyond a short bar, up to the next one.
    const next = drawn.find((other, at) => at > index && other.row === row)?.from ?? day.end;
    const [left, right, end] = [from, to, Math.max(to, next)].map((time) => day.percent(time)) as [
      number,
      number,
      number,
    ];
    const bar = h('i', { style: `width:${end === left ? 0 : (((right - left) / (end - left)) * 100).toFixed(2)}%` });
    const style = `--row:${row};left:${left}%;width:${(end - left).toFixed(3)}%`;
    const title = `${span.label}\n${whenText(span)}`;
    return h('div', { class: 'span', style, title, onclick: () => onSelect(span) }, bar, h('span', {}, span.label));
  });
  const rows = Math.max(...drawn.map(({ row }) => row)) + 1;
  return h('div', { class: 'spans', style: `--rows:${rows}`, 'aria-hidden': 'true' }, ...items);
}

/**
 * The same as a list, for keys and for ears: on the axis a short entry is too small to be hit. `list` remembers whether
 * it is open, over what is read anew.
 */
export function listed(spans: readonly Span[], onSelect: (span: Span) => void, list: { open: boolean }): HTMLElement {
  const items = spans
    .slice(0, mostSpans)
    .map((span) => h('li', {}, h('button', { onclick: () => onSelect(span) }, `${whenText(span)}: ${span.label}`)));
  const more = spans.length - items.length;
  const summary = `${spans.length.toLocaleString()} ${spans.length === 1 ? 'entry' : 'entries'}`;
  const rest = more > 0 && h('li', {}, `and ${more.toLocaleString()} more`);
  const details = h('details', { open: list.open }, h('summary', {}, summary), h('ul', {}, ...items, rest));
  details.addEventListener('toggle', () => (list.open = details.open));
  return details;
}

/** One picture for the eye; in words what it comes to, for those who hear it. */
function picture(kind: string, said: string, ...shapes: readonly SVGElement[]): HTMLElement {
  const box = { viewBox: '0 0 1000 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return h('div', { class: kind, role: 'img', 'aria-label': said }, s('svg', box, ...shapes));
}

function barsOf({ samples, unit }: Figures, day: Day): HTMLElement {
  const most = Math.max(...samples.map(({ value }) => value), 1);
  const total = samples.reduce((sum, { value }) => sum + value, 0);
  const said = `${total.toLocaleString()} ${unit} in all, at most ${most.toLocaleString()} in an hour`;
  const shapes = samples.map(({ from, to, value }) => {
    const x = day.percent(from) * 10;
    const height = (value / most) * 96;
    return s('rect', { x: x + 1.5, y: 100 - height, width: Math.max(1, day.percent(to) * 10 - x - 3), height });
  });
  const box = picture('bars', said, ...shapes);
  box.append(h('span', {}, `${total.toLocaleString()} ${unit}`));
  return box;
}

function curveOf({ samples, unit }: Figures, day: Day): HTMLElement {
  const least = Math.min(...samples.map(({ low, value }) => low ?? value));
  const most = Math.max(...samples.map(({ high, value }) => high ?? value));
  const [bottom, top] = [Math.floor(least / 10) * 10 - 5, Math.ceil(most / 10) * 10];
  const y = (value: number): string => (100 - ((value - bottom) / (top - bottom)) * 100).toFixed(1);
  const x = ({ from, to }: Sample): string => (day.percent((from + to) / 2) * 10).toFixed(1);
  const shapes = unbroken(samples).flatMap((piece) => {
    const upper = piece.map((one) => `${x(one)},${y(one.high ?? one.value)}`);
    const lower = piece.map((one) => `${x(one)},${y(one.low ?? one.value)}`).toReversed();
    const line = piece.map((one) => `${x(one)},${y(one.value)}`);
    const isDot = piece.length === 1;
    return [
      s('polygon', { points: [...upper, ...lower].join(' ') }),
      s('polyline', { points: (isDot ? [...line, ...line] : line).join(' '), 'vector-effect': 'non-scaling-stroke' }),
    ];
  });
  const box = picture('curve', `From ${least} to ${most} ${unit}`, ...shapes);
  box.append(h('span', {}, `${least} to ${most} ${unit}`));
  return box;
}

/** A line is drawn where no more than half an hour lies between two samples. */
function unbroken(samples: readonly Sample[]): readonly (readonly Sample[])[] {
  const pieces: Sample[][] = [];
  for (const sample of samples) {
    const last = pieces.at(-1)?.at(-1);
    if (last === undefined || sample.from - last.to > hour / 2) pieces.push([]);
    pieces.at(-1)!.push(sample);
  }
  return pieces;
}

export function whenText({ from, to }: { readonly from: number; readonly to: number }): string {
  if (to - from >= 23 * hour) return 'all day';
  return to === from ? timeText(from) : `${timeText(from)} to ${timeText(to)}, ${durationText(to - from)}`;
}

/** What there is at a time, in a few words. */
export function textAt({ spans = [], curve, bars }: Content, time: number): string {
  const holds = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= time && time < to;
  const said = [
    spans.filter(holds).toSorted((one, other) => one.to - one.from - (other.to - other.from))[0]?.label,
    ...[curve, bars].map((figures) => {
      const sample = figures?.samples.find(holds);
      return sample && `${sample.value.toLocaleString()} ${figures!.unit}`;
    }),
  ];
  return said.filter(Boolean).join(' · ');
}
