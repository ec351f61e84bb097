/** A value of a payload on one line: a GeoJSON point as latitude and longitude, what is no text as JSON. */
export function valueText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const [longitude, latitude] = pointOf(value);
  if (typeof longitude === 'number' && typeof latitude === 'number') return `${latitude}, ${longitude}`;
  return JSON.stringify(value) ?? '';
}

function pointOf(value: unknown): readonly unknown[] {
  const isPoint = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Point';
  return isPoint && 'coordinates' in value && Array.isArray(value.coordinates) ? value.coordinates : [];
}
