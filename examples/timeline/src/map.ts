import { hour } from './day.ts';
import { h, s } from './dom.ts';
import type { Fix, Position, Stay } from './lane-kind.ts';

/** Of the drawing, which the page scales. */
const [width, height, margin] = [400, 320, 44];
const earthMetres = 40_075_017;
/** A day at one place is drawn at this scale. */
const leastMetres = 400;
/** An address with {z}, {x} and {y}, such as that of a tile server of one's own. Its origin belongs into index.html. */
const tiles = (import.meta.env['VITE_TILES'] ?? '') as string;

/** Where Web Mercator puts a position, from 0 to 1: x eastward, y southward. */
function mercator([longitude, latitude]: Position): readonly [number, number] {
  const radians = (Math.min(85, Math.max(-85, latitude)) * Math.PI) / 180;
  return [longitude / 360 + 0.5, 0.5 - Math.asinh(Math.tan(radians)) / (2 * Math.PI)];
}

/** The places and ways of the day, north up. */
export class DayMap {
  readonly element: HTMLElement;
  readonly #svg = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' });
  readonly #caption = h('figcaption');
  readonly #here = s('circle', { class: 'here', r: 6 });
  #ways: readonly (readonly Fix[])[] = [];
  #stays: readonly Stay[] = [];
  #place: ((position: Position) => readonly [number, number]) | undefined;

  constructor() {
    this.element = h('figure', { class: 'map' }, this.#svg, this.#caption);
    this.draw([], []);
  }

  draw(ways: readonly (readonly Fix[])[], stays: readonly Stay[]): void {
    this.#ways = ways;
    this.#stays = stays;
    const all = [
      ...ways.flatMap((way) => way.map(({ position }) => position)),
      ...stays.map(({ position }) => position),
    ];
    this.element.hidden = all.length === 0;
    if (all.length === 0) return;
    const { place, pixelsPerMetre, corner, scale } = frame(all);
    this.#place = place;
    const bar = roundMetres(width / 4 / pixelsPerMetre);
    this.#svg.replaceChildren(
      ...(tiles === '' ? grid(bar * pixelsPerMetre) : tilesOf(corner, scale)),
      ...ways.map((way) =>
        s('polyline', { class: 'way', points: way.map(({ position }) => place(position)).join(' ') }),
      ),
      ...dots(stays, place),
      scaleBar(bar, bar * pixelsPerMetre),
      this.#here,
    );
    const names = [...new Set(stays.map(({ name }) => name))];
    this.#svg.setAttribute('aria-label', `Map of the day${names.length > 0 ? `: ${names.join(', ')}` : ''}`);
  }

  /** Marks where one was at a time. */
  showAt(time: number): void {
    const stay = this.#stays.find(({ from, to }) => from <= time && time < to);
    const position = stay?.position ?? positionAt(this.#ways, time);
    this.#here.toggleAttribute('hidden', position === undefined);
    this.#caption.textContent = stay?.name ?? (position === undefined ? 'Not known where' : 'On the way');
    if (position === undefined || this.#place === undefined) return;
    const [x, y] = this.#place(position);
    this.#here.setAttribute('transform', `translate(${x} ${y})`);
  }
}

function frame(all: readonly Position[]) {
  const points = all.map(mercator);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const range = (values: readonly number[]): readonly [number, number] =>
    values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  const [west, east] = range(xs);
  const [north, south] = range(ys);
  const metresPerUnit = earthMetres * Math.cos((all[0]![1] * Math.PI) / 180);
  const least = leastMetres / metresPerUnit;
  const scale = Math.min(
    (width - 2 * margin) / Math.max(east - west, least),
    (height - 2 * margin) / Math.max(south - north, least),
  );
  const corner = [(west + east) / 2 - width / 2 / scale, (north + south) / 2 - height / 2 / scale] as const;
  const place = (position: Position): readonly [number, number] => {
    const [x, y] = mercator(position);
    return [Math.round((x - corner[0]) * scale * 10) / 10, Math.round((y - corner[1]) * scale * 10) / 10];
  };
  return { place, scale, corner, pixelsPerMetre: scale / metresPerUnit };
}

/** On a way, between its two nearest fixes. */
function positionAt(ways: readonly (readonly Fix[])[], time: number): Position | undefined {
  const way = ways.find((one) => one[0]!.at <= time && time <= one.at(-1)!.at + hour / 60);
  if (way === undefined) return undefined;
  const next = way.findIndex(({ at }) => at > time);
  if (next <= 0) return way.at(-1)!.position;
  const [before, after] = [way[next - 1]!, way[next]!];
  const part = (time - before.at) / (after.at - before.at);
  const between = (index: 0 | 1): number =>
    before.position[index] + (after.position[index] - before.position[index]) * part;
  return [between(0), between(1)];
}

function roundMetres(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * (most / power >= 5 ? 5 : most / power >= 2 ? 2 : 1);
}

function grid(step: number): SVGElement[] {
  const lines: SVGElement[] = [];
  for (let at = step / 2; at < width; at += step) lines.push(s('line', { x1: at, y1: 0, x2: at, y2: height }));
  for (let at = step / 2; at < height; at += step) lines.push(s('line', { x1: 0, y1: at, x2: width, y2: at }));
  return [s('g', { class: 'grid' }, ...lines)];
}

function tilesOf([left, top]: readonly [number, number], scale: number): SVGElement[] {
  const z = Math.min(18, Math.max(0, Math.round(Math.log2(scale / 256))));
  const size = scale / 2 ** z;
  const images: SVGElement[] = [];
  for (let x = Math.floor(left * 2 ** z); (x / 2 ** z - left) * scale < width; x += 1)
    for (let y = Math.floor(top * 2 ** z); (y / 2 ** z - top) * scale < height; y += 1) {
      const href = tiles.replace('{z}', `${z}`).replace('{x}', `${x}`).replace('{y}', `${y}`);
      const at = { x: x * size - left * scale, y: y * size - top * scale };
      images.push(s('image', { href, ...at, width: size, height: size }));
    }
  return images;
}

/** The names of the longest stays, where they do not cover each other. */
function dots(stays: readonly Stay[], place: (position: Position) => readonly [number, number]): SVGElement[] {
  const named: { readonly name: string; readonly x: number; readonly y: number }[] = [];
  const longest = stays.toSorted((one, other) => other.to - other.from - (one.to - one.from));
  return longest.map(({ name, position, from, to }) => {
    const [x, y] = place(position);
    const isFree = named.length < 8 && named.every((one) => Math.abs(one.y - y) > 16 || Math.abs(one.x - x) > 120);
    if (isFree) named.push({ name, x, y });
    const anchor = x > width * 0.6 ? 'end' : 'start';
    const label = s('text', { x: x + (anchor === 'end' ? -11 : 11), y: y + 4, 'text-anchor': anchor }, name);
    const r = 4 + Math.min(5, Math.sqrt((to - from) / hour));
    return s('g', { class: 'stay' }, s('circle', { cx: x, cy: y, r }), ...(isFree ? [label] : []));
  });
}

function scaleBar(metres: number, length: number): SVGElement {
  const y = height - 14;
  const said = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  return s(
    'g',
    { class: 'scale-bar' },
    s('path', { d: `M12 ${y - 4}v4h${length}v-4` }),
    s('text', { x: 14 + length + 4, y }, said),
    s('text', { x: width - 14, y: 20, 'text-anchor': 'end' }, 'N ↑'),
  );
}
