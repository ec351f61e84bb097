/** By the first that is in the text: browsers name those that they descend from after themselves. */
const browsers: readonly (readonly [sign: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bChromium\//, 'Chromium'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
];

const systems: readonly (readonly [sign: RegExp, name: string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows NT\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

const programs: readonly (readonly [sign: RegExp, name: string])[] = [
  [/^curl\//, 'curl'],
  [/^Wget\//, 'Wget'],
  [/^HTTPie\//, 'HTTPie'],
  [/^PostmanRuntime\//, 'Postman'],
  [/^(?:node|undici)\b/, 'Node.js'],
  [/^(?:python-|Python-)/, 'Python'],
];

const unknown = 'Another client';
/** Longest part of a User-Agent that is looked at; those of browsers have some 150 characters. */
const longest = 512;

/**
 * A name that a person knows a client again by, such as "Firefox on Linux", from its User-Agent. Always one of few
 * texts: what a client claims is never repeated.
 */
export function clientName(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, longest);
  const of = (table: typeof browsers): string | undefined => table.find(([sign]) => sign.test(text))?.[1];
  const browser = of(browsers);
  if (browser === undefined) return of(programs) ?? unknown;
  const system = of(systems);
  return system === undefined ? browser : `${browser} on ${system}`;
}
