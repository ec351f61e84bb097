import { join, resolve } from 'node:path';
import { type AdminOptions, asAdmin } from '../../developer/admin-session.ts';
import { codeOf } from '../../developer/explain-refusal.ts';
import { noteTemplate, notedTemplate } from '../../developer/view/template-note.ts';
import { sendView } from '../../developer/view/send-view.ts';
import { readViewFolder } from '../../developer/view/view-folder.ts';
import { NotDone } from '../../outcome.ts';
import type { CommandContext } from '../../command-context.ts';

export interface ViewPushOptions extends AdminOptions {
  readonly folder?: string;
}

interface Pushed {
  readonly id?: string;
  readonly version: number;
}

/** Registers a view the first time, and its next version from then on. */
export async function viewPush(options: ViewPushOptions, { reporter }: CommandContext): Promise<void> {
  const folder = resolve(options.folder ?? '.');
  const { template, files } = readViewFolder(folder);
  await asAdmin(options, async (session) => {
    const noted = notedTemplate(folder, session.url);
    // What a version leaves out stays as it was.
    const whole = { description: '', limits: {}, ...template, files };
    const path = noted === undefined ? '/view-templates' : `/view-templates/${encodeURIComponent(noted)}/versions`;
    const pushed = await sendView<Pushed>(session, path, noted === undefined ? { ...template, files } : whole).catch(
      (error: unknown) => {
        if (noted === undefined || !(error instanceof Error) || codeOf(error) !== 'not-found') throw error;
        throw new NotDone(
          `${session.url} has no view template ${noted}, which ${join(folder, '.datakeep.json')} notes: ` +
            'remove that file, and this makes a new one.',
          { cause: error },
        );
      },
    );
    const id = noted ?? pushed.id!;
    if (noted === undefined) noteTemplate(folder, session.url, id);
    reporter.done({ url: session.url, id, version: pushed.version }, [
      `${template.name}: view template ${id}, version ${pushed.version}, at ${session.url}`,
      ...(noted === undefined ? [`Next: datakeep view run --template ${id}`] : []),
    ]);
  });
}
