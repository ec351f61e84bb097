import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface PlotProperties {
  readonly kind: 'bars' | 'line' | 'points';
  /** Seconds since the epoch where `time`, else numbers. Ascending. */
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
  readonly label: string;
  readonly time: boolean;
  readonly height: number;
}

/** Colours of the page's theme at this moment. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Zero is in sight, with room beyond the values. */
function rangeOf(low: number, high: number): [number, number] {
  const [bottom, top] = [Math.min(low, 0) * 1.1, Math.max(high, 0) * 1.1];
  return [bottom, top === bottom ? 1 : top];
}

/** 1, 2, 5, 10 …: what is counted has no half. */
const wholeSteps = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** Half the narrowest gap, so that the outermost bars are whole. */
function marginOf(xs: readonly number[]): number {
  let gap = Number.POSITIVE_INFINITY;
  for (let at = 1; at < xs.length; at += 1) gap = Math.min(gap, xs[at]! - xs[at - 1]!);
  return Number.isFinite(gap) ? gap / 2 : 0.5;
}

const dayS = 86_400;
/** uPlot's own steps of a time axis, s: from a minute, an hour, a day, a month (30 days), a year (365 days). */
const timeSteps = [
  ...[1, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * 3600),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15].map((days) => days * dayS),
  ...[1, 2, 3, 4, 6].map((months) => months * 30 * dayS),
  ...[1, 2, 5, 10, 25, 50, 100].map((years) => years * 365 * dayS),
];

/** None shorter than a bar stands for: days have no noon. A month may have 28 days, and a day 23 hours. */
const stepsOf = (gap: number): number[] => timeSteps.filter((step) => step >= gap * 0.9);

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const month = new Intl.DateTimeFormat(undefined, { month: 'short' });
/** What stands below a time axis, in the browser's language; the year where it is another than before. */
function timeTexts(splits: readonly number[], stepS: number): string[] {
  let shownYear: number | undefined;
  return splits.map((at) => {
    const date = new Date(at * 1000);
    const year = date.getFullYear();
    if (stepS >= 365 * dayS) return String(year);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    const text = (stepS >= 28 * dayS ? month : stepS >= dayS || isMidnight ? day : clock).format(date);
    if (year === shownYear) return text;
    shownYear = year;
    return `${text}\n${year}`;
  });
}

export default function Plot({ kind, xs, ys, label, time, height }: PlotProperties) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current!;
    let plot: uPlot | undefined;
    const draw = (): void => {
      plot?.destroy();
      const text = colour('--mantine-color-dimmed');
      const axis = {
        stroke: text,
        grid: { stroke: colour('--mantine-color-default-border'), width: 1 },
        ticks: { show: false },
      };
      const margin = marginOf(xs);
      const stroke = colour('--mantine-primary-color-filled');
      plot = new uPlot(
        {
          width: Math.max(box.clientWidth, 200),
          height,
          legend: { show: false },
          cursor: { drag: { x: false, y: false } },
          scales: {
            x: { time, ...(kind === 'bars' ? { range: (_plot, low, high) => [low - margin, high + margin] } : {}) },
            y: { range: (_plot, low, high) => rangeOf(low, high) },
          },
          axes: [
            {
              ...axis,
              ...(time ? { values: (_plot, splits, _axis, _space, stepS) => timeTexts(splits, stepS) } : {}),
              ...(time && kind === 'bars' ? { incrs: stepsOf(margin * 2) } : {}),
            },
            { ...axis, size: 60, ...(ys.every((y) => y === null || Number.isInteger(y)) ? { incrs: wholeSteps } : {}) },
          ],
          series: [
            {},
            {
              label,
              stroke,
              // The outline of a bar of 0 would be a line.
              width: kind === 'bars' ? 0 : 1.5,
              points: { show: kind === 'points', size: 4 },
              ...(kind === 'bars' ? { fill: stroke, paths: uPlot.paths.bars!({ size: [0.7, 40] }) } : {}),
              ...(kind === 'points' ? { paths: () => null } : {}),
            },
          ],
        },
        [[...xs], [...ys]],
        box,
      );
    };
    draw();
    const resized = new ResizeObserver(() => plot?.setSize({ width: Math.max(box.clientWidth, 200), height }));
    resized.observe(box);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      plot?.destroy();
    };
  }, [kind, xs, ys, label, time, height]);
  return <div ref={place} />;
}
