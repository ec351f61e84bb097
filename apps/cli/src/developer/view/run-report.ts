import type { DryRunRead } from '@datakeep/contracts';
import type { Run } from '../../../../../clients/typescript/src/index.ts';
import { counted } from '../../counted.ts';
import { NotDone } from '../../outcome.ts';
import type { Reporter } from '../../reporter.ts';

/** A run, or a dry run, which lists what it read. */
export type ReportedRun = Pick<Run, 'state' | 'result' | 'error' | 'logs' | 'usage'> & {
  readonly reads?: readonly DryRunRead[];
};

/** Prints what a run printed, read and came to. Throws `NotDone` where it did not succeed. */
export function reportRun(run: ReportedRun, more: object, reporter: Reporter): void {
  const lines = [
    ...run.logs.map(({ level, text }) => `${level.padEnd(5)} ${printable(text)}`),
    ...(run.reads ?? []).map(readLine),
  ];
  if (run.state === 'succeeded') {
    const took = run.usage === undefined ? '' : ` in ${Math.round(run.usage.wallMs)} ms`;
    reporter.done({ ...more, run }, [...lines, `succeeded${took}:`, JSON.stringify(run.result, undefined, 2)]);
    return;
  }
  reporter.found({ ...more, run }, lines);
  throw new NotDone(faultOf(run));
}

function readLine({ method, profile, calls, items, refused }: DryRunRead): string {
  const about = profile === undefined ? method : `${method} ${profile}`;
  const counts = `${counted(calls, 'call')}, ${counted(items, 'item')}`;
  return `asked ${about}: ${counts}${refused === 0 ? '' : `, ${refused} refused`}`;
}

function faultOf({ state, error }: ReportedRun): string {
  if (error === undefined) return `The run ended as ${state}.`;
  const { code, message, file, line } = error;
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return `${place}${printable(message)} (${state}, ${code})`;
}

/** What would move a terminal's cursor or colour is left out. */
const printable = (text: string): string => text.replace(/[^\P{Cc}\t\n]/gu, '');
