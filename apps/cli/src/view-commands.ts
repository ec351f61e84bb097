import type { Command } from 'commander';
import type { Does } from './command-context.ts';

/** What authors of views do: alone, and with the admin's session in a keep. */
export function addViewCommands(program: Command, does: Does): void {
  const json = ['--json', 'answer with one line of JSON, failures too'] as const;
  const url = ['--url <url>', 'where the keep is (default: as of `datakeep login`)'] as const;
  const admin = [
    '--admin <name>',
    'whose password is asked for, or the first line of standard input',
    'admin',
  ] as const;
  const passwordFile = ['--password-file <file>', 'take the first line of the file as the password'] as const;
  const view = program.command('view').description('For authors of views: new, check, dry-run, push, run.');

  view
    .command('new <folder>')
    .description('Write a view into a new or empty folder: one that counts the events of a profile, or an example.')
    .option('--runtime <name>', 'javascript or python', 'javascript')
    .option('--profile <name>', 'that it reads, such as diary.example/note (default: that of the example)')
    .option('--from <example>', 'a copy of one of examples/views, such as location-heat-map')
    .option(...json)
    .action(does(async () => (await import('./commands/view/view-new.ts')).viewNew));
  view
    .command('check [folder]')
    .description('Say what a keep would refuse of the view, without one: template.json, files, syntax.')
    .option(...json)
    .action(does(async () => (await import('./commands/view/view-check.ts')).viewCheck));
  view
    .command('dry-run [folder]')
    .description("Run the view once on a keep's events with what data.json has. It reads, and stores nothing.")
    .option(...url)
    .option(...admin)
    .option(...passwordFile)
    .option('--app <id>', 'only on what this app sent (default: on all)')
    .option('--watch', 'again whenever a file of the folder is saved, until Ctrl-C')
    .option(...json)
    .action(does(async () => (await import('./commands/view/view-dry-run.ts')).viewDryRun));
  view
    .command('push [folder]')
    .description('Register the view with a keep: a template the first time, its next version from then on.')
    .option(...url)
    .option(...admin)
    .option(...passwordFile)
    .option(...json)
    .action(does(async () => (await import('./commands/view/view-push.ts')).viewPush));
  view
    .command('run [instance]')
    .description('Run a view as the app of `datakeep login`, and print what it came to. It waits for the admin.')
    .option('--template <id>', 'make an instance of this view template first')
    .option('--data <file>', 'with configuration (of a new instance) and clientCustomData, as data.json')
    .option(...json)
    .action(does(async () => (await import('./commands/view/view-run.ts')).viewRun));
}
