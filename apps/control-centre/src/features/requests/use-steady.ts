import { type RefObject, useEffect, useRef, useState } from 'react';

/** As long as browsers wait before a press on one of their own questions counts. */
const steadyMs = 500;
/** Fractions of pixels are rounded otherwise after a scroll. */
const stillPixels = 2;

interface Steady {
  readonly isSteady: boolean;
  /** The same at a press, which may come before the browser has said that something moved. */
  wasSteady(): boolean;
}

/**
 * Not steady: the element moves within the page, or did half a second ago. Apps can move it: they ask, take back what
 * they asked, and send events that are shown. A press that was meant for something else meets nothing.
 */
export function useSteady(element: RefObject<HTMLElement | null>): Steady {
  const [isSteady, setSteady] = useState(false);
  const place = useRef<{ top: number; steadyAt: number; timer?: ReturnType<typeof setTimeout> }>({
    top: Infinity,
    steadyAt: 0,
  });
  const wasSteady = (): boolean => {
    const { current } = place;
    const top = (element.current?.getBoundingClientRect().top ?? 0) + scrollY;
    if (Math.abs(top - current.top) > stillPixels) {
      clearTimeout(current.timer);
      const timer = setTimeout(() => setSteady(true), steadyMs);
      place.current = { top, steadyAt: performance.now() + steadyMs, timer };
      setSteady(false);
    }
    return performance.now() >= place.current.steadyAt;
  };
  useEffect(() => {
    // What grows or goes above changes the height of one of these.
    const observer = new ResizeObserver(wasSteady);
    for (let around = element.current?.parentElement; around; around = around.parentElement) observer.observe(around);
    return () => {
      observer.disconnect();
      clearTimeout(place.current.timer);
    };
  }, [element]);
  return { isSteady, wasSteady };
}
