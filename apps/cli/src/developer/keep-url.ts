import { WrongUse } from '../outcome.ts';

/** The URL as `--url` gives it; throws where it is none. */
export function keepUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new WrongUse(`--url ${JSON.stringify(value)} is no URL: expected one like http://127.0.0.1:8020.`);
  return new URL(value).href;
}
