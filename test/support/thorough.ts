/**
 * How often something is tried, where more of the same finds little more: `usual`, or `longer` with THOROUGH=1 in the
 * environment, for a run of a night.
 */
export function thorough(usual: number, longer: number): number {
  return process.env['THOROUGH'] ? longer : usual;
}
