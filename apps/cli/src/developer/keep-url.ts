import { WrongUse } from '../outcome.ts';

/** The URL as `--url` gives it; throws where it is none. */
export function keepUrl(given: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new WrongUse(`--url ${JSON.stringify(given)} is no URL: expected one like http://127.0.0.1:8020.`);
  return new URL(given).href;
}
