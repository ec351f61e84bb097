const dayMs = 86_400_000;
const two = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const three = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));

/** The text of days seen lately, each in the place that its number's low bits say: dates of a page are of few days. */
const places = 256;
const days = new Float64Array(places).fill(Number.NaN);
const texts: string[] = Array.from({ length: places }, () => '');

function dayText(day: number): string {
  const place = day & (places - 1);
  if (days[place] !== day) {
    texts[place] = new Date(day * dayMs).toISOString().slice(0, -13);
    days[place] = day;
  }
  return texts[place] as string;
}

/**
 * RFC 3339 in UTC with milliseconds, as `Date.prototype.toISOString`. With that method a page's dates took half
 * of its making, 0.57 µs each.
 */
export function dateText(ms: number): string {
  const day = Math.floor(ms / dayMs);
  const rest = ms - day * dayMs;
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const minute = two[minutes - hours * 60];
  const second = two[seconds - minutes * 60];
  return `${dayText(day)}${two[hours]}:${minute}:${second}.${three[rest - seconds * 1000]}Z`;
}
