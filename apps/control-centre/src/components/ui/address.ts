import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

/** The address follows once no key came for this long, ms. */
const restMs = 250;

/** The texts of the address. Anyone can write one: what is no text is left out, but for a number, which is one. */
export function useAddress(): Readonly<Record<string, string | undefined>> {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  return Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}

/** A day of the browser's zone as its first moment, `plus` days later; undefined where it is no day. */
export function dayStart(day: string | undefined, plus = 0): string | undefined {
  const at = new Date(`${day}T00:00`);
  at.setDate(at.getDate() + plus);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/**
 * A text that is kept in the address, as it is typed: shown at once, in the address after a pause. An input whose value
 * came from the address alone would lose what is typed before the router has gone there.
 */
export function useAddressText(name: string): readonly [string, (text: string) => void] {
  const there = useAddress()[name] ?? '';
  const navigate = useNavigate();
  const [text, setText] = useState(there);
  const written = useRef(there);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    // Back, forward, a link: the address says what holds.
    if (there !== written.current) setText(there);
    written.current = there;
  }, [there]);
  // A page that was left writes nothing into the address of the next.
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    text,
    (next) => {
      setText(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        written.current = next;
        void navigate({
          to: '.',
          search: ((now: Readonly<Record<string, unknown>>) => ({ ...now, [name]: next || undefined })) as never,
          replace: true,
          resetScroll: false,
        });
      }, restMs);
    },
  ];
}
