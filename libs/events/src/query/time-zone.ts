/**
 * The zone's name in the spelling of the IANA database (case does not matter in `name`), or undefined where it has none
 * such; an offset (`+01:00`) is not a name.
 */
export function timeZoneName(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9._+/-]{0,63}$/.test(name)) return undefined;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
