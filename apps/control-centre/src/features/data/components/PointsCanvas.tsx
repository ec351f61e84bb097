import { useEffect, useRef, useState, type PointerEvent } from 'react';
import {
  distanceTo,
  gridOf,
  latitudeText,
  longitudeText,
  moved,
  scaleOf,
  toScreen,
  type Place,
  type Position,
  type Size,
  type View,
} from '../points.ts';
import '../data.css';

interface Properties {
  readonly places: readonly Place[];
  readonly view: View;
  readonly size: Size;
  /** What the canvas shows, for screen readers. */
  readonly label: string;
  readonly onMove: (view: View) => void;
  readonly onOpen: (id: string) => void;
}

const radius = 4;
const reach = 10;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Points and lines on a plain ground with meridians, parallels and a scale. Nothing is asked of another server. */
export function PointsCanvas({ places, view, size, label, onMove, onOpen }: Properties) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dragged = useRef<{ x: number; y: number; far: boolean }>(undefined);
  const [scheme, setScheme] = useState(0);

  useEffect(() => {
    const themed = new MutationObserver(() => setScheme((before) => before + 1));
    themed.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
    return () => themed.disconnect();
  }, []);

  useEffect(() => {
    const frame = requestAnimationFrame(() => draw(canvas.current!, places, view, size));
    return () => cancelAnimationFrame(frame);
  }, [places, view, size, scheme]);

  const nearest = (x: number, y: number): Place | undefined => {
    let found: Place | undefined;
    let least = reach * reach;
    for (const place of places) {
      const distance = distanceTo(place, x, y, view, size);
      if (distance < least) [found, least] = [place, distance];
    }
    return found;
  };

  const move = (event: PointerEvent<HTMLCanvasElement>): void => {
    const from = dragged.current;
    const { offsetX: x, offsetY: y } = event.nativeEvent;
    if (from === undefined) return;
    const far = from.far || Math.hypot(x - from.x, y - from.y) > 4;
    if (!far) return;
    dragged.current = { x, y, far };
    onMove(moved(view, from.x - x, from.y - y));
  };
  const release = (event: PointerEvent<HTMLCanvasElement>): void => {
    const { offsetX: x, offsetY: y } = event.nativeEvent;
    const wasClick = dragged.current !== undefined && !dragged.current.far;
    dragged.current = undefined;
    const place = wasClick ? nearest(x, y) : undefined;
    if (place) onOpen(place.id);
  };

  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      style={{ width: size.width, height: size.height }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dragged.current = { x: event.nativeEvent.offsetX, y: event.nativeEvent.offsetY, far: false };
      }}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={() => (dragged.current = undefined)}
    />
  );
}

function draw(canvas: HTMLCanvasElement, places: readonly Place[], view: View, size: Size): void {
  const { width, height } = size;
  const ratio = devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.fillStyle = colour('--mantine-color-body');
  context.fillRect(0, 0, width, height);
  context.font = `11px ${colour('--mantine-font-family')}`;
  drawGrid(context, view, size);

  context.fillStyle = colour('--mantine-primary-color-filled');
  context.strokeStyle = context.fillStyle;
  context.lineWidth = 2;
  context.globalAlpha = places.length > 500 ? 0.5 : 0.8;
  for (const place of places) {
    if (place.line) {
      drawLine(context, place.line, view, size);
      continue;
    }
    const [x, y] = toScreen(place, view, size);
    if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
  drawScale(context, view, size);
}

function drawLine(context: CanvasRenderingContext2D, positions: readonly Position[], view: View, size: Size): void {
  context.beginPath();
  let before = 0;
  for (const [index, position] of positions.entries()) {
    const [x, y] = toScreen(position, view, size);
    // Half around the globe is the cut through it.
    const isCut = Math.abs(x - before) > 180 * view.pixelsPerDegree * Math.cos((view.latitude * Math.PI) / 180);
    if (index === 0 || isCut) context.moveTo(x, y);
    else context.lineTo(x, y);
    before = x;
  }
  context.stroke();
}

function drawGrid(context: CanvasRenderingContext2D, view: View, size: Size): void {
  const { parallels, meridians } = gridOf(view, size);
  context.strokeStyle = colour('--mantine-color-default-border');
  context.fillStyle = colour('--mantine-color-dimmed');
  context.lineWidth = 1;
  for (const latitude of parallels) {
    const [, y] = toScreen({ latitude, longitude: view.longitude }, view, size);
    line(context, 0, y, size.width, y);
    context.fillText(latitudeText(latitude), 6, y - 4);
  }
  for (const longitude of meridians) {
    const [x] = toScreen({ latitude: view.latitude, longitude }, view, size);
    line(context, x, 0, x, size.height);
    context.fillText(longitudeText(longitude), x + 4, 14);
  }
}

function drawScale(context: CanvasRenderingContext2D, view: View, { width, height }: Size): void {
  const { text, pixels } = scaleOf(view, Math.min(140, width / 3));
  const [left, bottom] = [width - pixels - 14, height - 14];
  context.fillStyle = colour('--mantine-color-body');
  context.globalAlpha = 0.85;
  context.fillRect(left - 8, bottom - 24, pixels + 16, 32);
  context.globalAlpha = 1;
  context.strokeStyle = colour('--mantine-color-text');
  context.fillStyle = colour('--mantine-color-text');
  context.lineWidth = 2;
  line(context, left, bottom, left + pixels, bottom);
  line(context, left, bottom - 5, left, bottom);
  line(context, left + pixels, bottom - 5, left + pixels, bottom);
  context.fillText(text, left, bottom - 8);
}

function line(context: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
