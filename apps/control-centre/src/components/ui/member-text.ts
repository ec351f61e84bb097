/** A value of a payload on one line: a GeoJSON point as latitude and longitude, what is no text as JSON. */
export function memberText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const [longitude, latitude] = pointOf(value);
  if (typeof longitude === 'number' && typeof latitude === 'number') return `${short(latitude)}, ${short(longitude)}`;
  return JSON.stringify(value) ?? '';
}

/** Six decimals are a tenth of a metre. */
const short = (degrees: number): number => Number(degrees.toFixed(6));

function pointOf(value: unknown): readonly unknown[] {
  const isPoint = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Point';
  return isPoint && 'coordinates' in value && Array.isArray(value.coordinates) ? value.coordinates : [];
}
