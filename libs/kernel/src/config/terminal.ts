/** Whether text on a stream may have colours: it is a terminal, and `NO_COLOR` (no-color.org) is not set. */
export function showsColours(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return stream.isTTY === true && !environment['NO_COLOR'];
}
