import { type Datakeep, KeepError, type Run, type ViewInstance } from '../../../../../clients/typescript/src/index.ts';
import { loggedIn } from '../../developer/login-file.ts';
import { reportRun } from '../../developer/view/run-report.ts';
import { readData, type TrialData } from '../../developer/view/view-folder.ts';
import { instanceReady } from '../../developer/view/instance-ready.ts';
import { NotDone, WrongUse } from '../../outcome.ts';
import type { CommandContext } from '../../command-context.ts';

export interface ViewRunOptions {
  readonly instance?: string;
  readonly template?: string;
  readonly data?: string;
}

/** The keep answers a run that takes longer before it ended, s. */
const waitS = 10;

/** Runs a view as the app of the login: an instance, or a new one of a template, once the admin lets it. */
export async function viewRun(options: ViewRunOptions, { reporter }: CommandContext): Promise<void> {
  const { instance: instanceId, template, data: file } = options;
  if ((instanceId === undefined) === (template === undefined))
    throw new WrongUse('Give an instance, or --template ID, of which one is made: one of the two.');
  const data = file === undefined ? {} : readData(file);
  const keep = loggedIn();
  const instance =
    template === undefined ? await knownInstance(keep, instanceId!) : await newInstance(keep, template, data);
  const { clientCustomData } = data;
  const run = (): Promise<Run> => keep.views.run(instance.id, { clientCustomData, wait: waitS });
  const begun = await run().catch(async (error: unknown) => {
    if (!(error instanceof KeepError) || error.code !== 'view-not-permitted') throw error;
    await instanceReady(keep, instance);
    return run();
  });
  reportRun(await keep.views.finished(begun.id), { instance: instance.id }, reporter);
}

function knownInstance(keep: Datakeep, id: string): Promise<ViewInstance> {
  return keep.views.getInstance(id).catch((cause: unknown) => {
    if (!(cause instanceof KeepError) || !cause.is('not-found')) throw cause;
    const said = `The app of this login has no view instance ${JSON.stringify(id)}. --template ID makes one.`;
    throw new NotDone(said, { cause });
  });
}

async function newInstance(keep: Datakeep, template: string, { configuration }: TrialData): Promise<ViewInstance> {
  const instance = await keep.views.createInstance(template, configuration);
  process.stderr.write(
    `Made the view instance ${instance.id}, for \`datakeep view run ${instance.id}\` from now on.\n`,
  );
  return instance;
}
