import type { KeepEvent } from '@datakeep/client';
import { began } from '../lane-kind.ts';

/** As Open mHealth says when something was measured. */
export interface Framed {
  readonly effective_time_frame: {
    readonly date_time?: string;
    readonly time_interval?: { readonly start_date_time: string; readonly end_date_time: string };
  };
}

export function frameOf(event: KeepEvent<Framed>): { from: number; to: number } {
  const interval = event.payload.effective_time_frame.time_interval;
  if (interval === undefined) return { from: began(event), to: began(event) };
  return { from: Date.parse(interval.start_date_time), to: Date.parse(interval.end_date_time) };
}
