import { resolve } from 'node:path';
import { type AdminOptions, type AdminSession, asAdmin } from '../../developer/admin-session.ts';
import { codeOf, explainRefusal } from '../../developer/explain-refusal.ts';
import { onSave } from '../../developer/view/on-save.ts';
import { type ReportedRun, reportRun } from '../../developer/view/run-report.ts';
import { sendView } from '../../developer/view/send-view.ts';
import { readViewFolder } from '../../developer/view/view-folder.ts';
import type { CommandContext } from '../../command-context.ts';

export interface ViewDryRunOptions extends AdminOptions {
  readonly folder?: string;
  readonly app?: string;
  readonly watch?: boolean;
}

/** Tries a view on the keep's events, which it can only read; with `watch`, at each save, until a signal ends it. */
export async function viewDryRun(options: ViewDryRunOptions, { reporter }: CommandContext): Promise<void> {
  const folder = resolve(options.folder ?? '.');
  const more = options.app === undefined ? {} : { appId: options.app };
  const tryNow = async (session: AdminSession): Promise<void> => {
    const { template, files, data } = readViewFolder(folder);
    const body = { ...template, files, ...data, ...more };
    reportRun(await sendView<ReportedRun>(session, '/view-templates/dry-run', body), {}, reporter);
  };
  // What is wrong with the folder is said before a password is asked for.
  if (options.watch !== true) readViewFolder(folder);
  await asAdmin(options, async (session) => {
    if (options.watch !== true) return tryNow(session);
    await onSave(folder, session.signal, async () => {
      try {
        await tryNow(session);
      } catch (error) {
        if (session.signal.aborted) return;
        // Without a session no later try would come to more.
        if (!(error instanceof Error) || codeOf(error) === 'unauthenticated') throw error;
        reporter.failed(explainRefusal(error) ?? error.message, codeOf(error));
      }
    });
  });
}
