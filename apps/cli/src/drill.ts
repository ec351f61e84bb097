import { BackupError, type OnProgress } from '@datakeep/backup';
import { Drill, type DrillResult } from '@datakeep/keep-data';
import { SystemClock } from '@datakeep/kernel';
import { drillProgram } from '../../standalone/src/index.ts';
import { counted } from './counted.ts';
import { NotDone } from './outcome.ts';

export interface RunningDrill {
  readonly result: Promise<DrillResult>;
  /** Resolves when its process is gone. */
  stop(): Promise<void>;
}

/** Restores a backup in a work folder and starts a keep on it. `result` throws `NotDone`. */
export function startDrill(file: string, passphrase: string, folder: string, onProgress: OnProgress): RunningDrill {
  const drill = new Drill({ file, passphrase, folder }, drillProgram, new SystemClock());
  let isStopped = false;
  const result = async (): Promise<DrillResult> => {
    try {
      return await drill.result(onProgress);
    } catch (error) {
      // The process ends by its signal, and says so.
      if (isStopped) await new Promise(() => undefined);
      if (!(error instanceof BackupError)) throw error;
      throw new NotDone(`The drill failed. ${error.message}`, { cause: error });
    }
  };
  const stop = (): Promise<void> => {
    isStopped = true;
    return drill.stop();
  };
  return { result: result(), stop };
}

/** The outcome in one line, for a person. */
export function drillLine({ startedMs, events, records }: DrillResult): string {
  return (
    `Drill: restored, started in ${(startedMs / 1000).toFixed(1)} s, ` +
    `${counted(events, 'event')} and ${counted(records, 'record')} as in the manifest`
  );
}

/** The outcome for a program. */
export function drillFacts({ startedMs, events, records }: DrillResult): object {
  return { drill: { startedMs, events, records } };
}
