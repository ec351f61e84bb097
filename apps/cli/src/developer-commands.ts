import type { Command } from 'commander';
import type { Does } from './command-context.ts';

/** What app developers do with a keep, over its API: near or far, as one app. */
export function addDeveloperCommands(program: Command, does: Does): void {
  const json = ['--json', 'answer with one line of JSON, failures too'] as const;
  const profile = ['--profile <name>', 'of this profile, such as diary.example/note'] as const;

  program
    .command('login')
    .description('For app developers: associate this command with a keep, as an app. It asks for the one-time token.')
    .requiredOption('--url <url>', 'where the keep is, such as http://127.0.0.1:8020')
    .option('--association-token <token>', 'from the Control Centre, under Apps (default: it is asked for)')
    .option('--name <name>', 'of the app, as the admin sees it')
    .option(...json)
    .action(does(async () => (await import('./commands/login.ts')).login));
  program
    .command('push <file>')
    .description('Store each line of an NDJSON file (- for standard input) as an event: a payload, or an event.')
    .requiredOption(...profile)
    .option(...json)
    .action(does(async () => (await import('./commands/push.ts')).push));
  program
    .command('query')
    .description('Print events as NDJSON, newest first.')
    .requiredOption(...profile)
    .option('--filter <json>', 'only those that match (docs/query-language.md)')
    .option('--limit <number>', 'at most so many (default: all)')
    .option(...json)
    .action(does(async () => (await import('./commands/query.ts')).query));
  program
    .command('tail')
    .description('Print what is created, modified and deleted, as it happens, as NDJSON.')
    .requiredOption(...profile)
    .option('--since <place>', 'start: first what is there; or the place of a change (default: now)')
    .option(...json)
    .action(does(async () => (await import('./commands/tail.ts')).tail));
  program
    .command('types [profile]')
    .description(
      'Print a module with the type of the payloads of a profile, in TypeScript or Python; or all their names.',
    )
    .option('--language <language>', 'typescript or python', 'typescript')
    .option(...json)
    .action(does(async () => (await import('./commands/types.ts')).types));
  program
    .command('init [folder]')
    .description('Write a working app of thirty lines into a new or empty folder (default: the present one).')
    .option('--language <language>', 'typescript or python', 'typescript')
    .option('--client <version>', 'of the client, as npm or pip takes it: also a file (default: 0.1.0)')
    .option(...json)
    .action(does(async () => (await import('./commands/init.ts')).init));
}
