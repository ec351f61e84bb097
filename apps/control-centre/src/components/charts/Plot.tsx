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
      const stroke = colour('--mantine-primary-color-filled');
      plot = new uPlot(
        {
          width: Math.max(box.clientWidth, 200),
          height,
          legend: { show: false },
          cursor: { drag: { x: false, y: false } },
          scales: { x: { time }, y: { range: (_plot, low, high) => rangeOf(low, high) } },
          axes: [axis, { ...axis, size: 60 }],
          series: [
            {},
            {
              label,
              stroke,
              width: 1.5,
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
