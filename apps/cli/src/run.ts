import { importers } from '@datakeep/importers';
import { ConfigError, DatakeepError, ownersReason, readConfig, version } from '@datakeep/kernel';
import { Command, CommanderError, Option } from 'commander';
import { addDeveloperCommands } from './developer-commands.ts';
import { codeOf, explainRefusal } from './developer/explain-refusal.ts';
import { WrongUse } from './outcome.ts';
import { Reporter } from './reporter.ts';
import type { Act } from './command-context.ts';
import { addViewCommands } from './view-commands.ts';

/** Exit codes, which stay as they are: 0 done, 1 not done, 2 wrong use. */
const notDone = 1;
const wrongUse = 2;

/** `datakeep`: reads the command line, does what it says, and sets the exit code. */
export async function run(): Promise<void> {
  let reporter = new Reporter({ json: false });
  const program = new Command('datakeep')
    .description('Starts, backs up, restores and looks after the keep in DATA_DIR; for app developers, asks any keep.')
    .version(version)
    .exitOverride()
    .allowExcessArguments()
    .configureHelp({ showGlobalOptions: true });
  const json = ['--json', 'answer with one line of JSON, without progress'] as const;
  const passphraseFile = ['--passphrase-file <file>', 'take the first line of the file as the passphrase'] as const;
  const remote = (command: Command): Command =>
    command
      .option('--url <url>', 'of a keep elsewhere, which is asked as its admin (default: the keep in DATA_DIR)')
      .option('--admin <name>', 'with --url: whose password is asked for, or read from standard input (default: admin)')
      .option('--password-file <file>', 'with --url: take the first line of the file as the password');
  const drill = ['--drill', 'also restore it in a temporary folder, start a keep on it, and compare counts'] as const;
  const does =
    <O extends object>(load: () => Promise<Act<O>>) =>
    async (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command;
      const options = command.opts<{ readonly json?: boolean }>();
      reporter = new Reporter({ json: options.json === true });
      // Checked here, since Commander's own message repeats them, and one may be a password.
      if (command.args.length > command.registeredArguments.length)
        throw new WrongUse(
          'Too many arguments. A password is asked for, or read from standard input: never an argument.',
        );
      const name = command.registeredArguments[0]?.name();
      const argument = name !== undefined && typeof args[0] === 'string' ? { [name]: args[0] } : {};
      const act = await load();
      await act({ ...options, ...argument } as O, { config: readConfig(), reporter });
    };

  program
    .command('start')
    .description('Start the keep, with the variables of docs/configuration.md, until a signal ends it.')
    .action(does(async () => (await import('./commands/start.ts')).start));
  remote(program.command('backup'))
    .description('Make an encrypted backup, also while the keep runs. It is made once it was read back and checked.')
    .option(
      '--to <file>',
      'where to; - for standard output (default: DATA_DIR/backups/datakeep-DATE.tar.zst.age, with --url of the keep)',
    )
    .option('--keep <list>', 'then remove from DATA_DIR/backups what 7d,4w,6m (days, weeks, months) does not keep')
    .option(...drill)
    .option(...passphraseFile)
    .option(...json)
    .action(does(async () => (await import('./commands/backup.ts')).backUp));
  program
    .command('verify <file>')
    .description('Read a backup whole: decrypt, unpack and check all that is in it.')
    .option(...drill)
    .option(...passphraseFile)
    .option(...json)
    .action(does(async () => (await import('./commands/verify.ts')).verify));
  program
    .command('restore <file>')
    .description('Put a backup in place of what is in DATA_DIR, which is kept beside. The keep must be stopped.')
    .option('--data-dir <folder>', 'restore there instead of in DATA_DIR')
    .option('--void-tokens', 'void every token of apps and every session that the backup would bring back')
    .option(...passphraseFile)
    .option(...json)
    .action(does(async () => (await import('./commands/restore.ts')).restore));
  program
    .command('move')
    .description(
      'Move the whole keep to another engine: to MongoDB, or to a folder. The keep must be stopped; on MongoDB the ' +
        'command cannot see whether it is. Run it again after a kill. What it comes from is not changed.',
    )
    .requiredOption('--to <target>', 'mongodb://… or mongodb+srv://… with an empty database, or a new or empty folder')
    .option(...json)
    .action(does(async () => (await import('./commands/move.ts')).moveHouse));
  program
    .command('export')
    .description('Write all that the keep has into a new folder, as NDJSON, JSON Schema and source code, unencrypted.')
    .option('--all', 'everything: events, schemas, permissions, the audit trail, views and their code')
    .requiredOption('--to <folder>', 'the folder to make')
    .option(...json)
    .action(does(async () => (await import('./commands/export.ts')).exportAll));
  const each = (value: string, former: readonly string[] = []): readonly string[] => [...former, value];
  program
    .command('import [file]')
    .description(
      `Make events of a file (${Object.values(importers)
        .map(({ title }) => title)
        .join(', ')}) and send them to a ` +
        'running keep, as an app whose rights you grant in the Control Centre. The same file again adds nothing.',
    )
    .option('--url <url>', 'the keep (default: as of `datakeep login`)')
    .option('--token-file <file>', "with the app's token (default: that of `datakeep login`)")
    .option('--association-token-file <file>', 'an association token, which makes the token file the first time')
    .option('--preview', 'show what would be sent, and send nothing')
    .option('--from <kind>', `where the file is not recognised by what is in it: ${Object.keys(importers).join(', ')}`)
    .option('--profile <name>', 'of the library, for CSV')
    .option('--map <column=member>', 'the column that fills a member, for CSV; may be repeated', each)
    .option('--set <member=value>', 'what every event has, for CSV; may be repeated', each)
    .addOption(new Option('--dates <order>', 'of days and months in CSV').choices(['iso', 'dmy', 'mdy']))
    .addOption(new Option('--decimal <sign>', 'in numbers of CSV').choices(['.', ',']))
    .option('--encoding <name>', 'of CSV, such as windows-1252 (default: utf-8)')
    .option('--time-zone <name>', "of a calendar's times that name none (default: this machine's)")
    .option('--report <file>', 'where to note what was added (default: FILE.import.ndjson)')
    .option('--undo <report>', 'delete what the imports of this report added, and was not changed since')
    .option(...json)
    .action(does(async () => (await import('./commands/import.ts')).importFile));
  remote(program.command('doctor'))
    .description(
      'Look at configuration, files, disk, engines, clock and the jail of views, and say what to do; with --url at ' +
        'what that keep shows.',
    )
    .option(...json)
    .action(does(async () => (await import('./commands/doctor.ts')).doctor));
  remote(program.command('rotate-key'))
    .description('Make a new signing key, in a keep that runs too; what that voids is said first.')
    .option(...json)
    .action(does(async () => (await import('./commands/rotate-key.ts')).rotateKey));
  program
    .command('admin')
    .description('Ways back in.')
    .command('reset')
    .description('Set a new password for the admin; it is asked for, or read from standard input.')
    .option(...json)
    .action(does(async () => (await import('./commands/admin-reset.ts')).adminReset));

  addDeveloperCommands(program, does);
  addViewCommands(program, does);

  let outputFault: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error) => (outputFault ??= error));
  // A fault of it has no reader.
  process.stderr.on('error', () => undefined);
  try {
    await program.parseAsync();
    await written();
    // A reader that has enough, such as head(1), is no fault.
    if (outputFault !== undefined && outputFault.code !== 'EPIPE') throw outputFault;
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : wrongUse;
      return;
    }
    if (!(error instanceof Error)) throw error;
    reporter.failed(await explain(error), codeOf(error));
    process.exitCode = error instanceof WrongUse || error instanceof ConfigError ? wrongUse : notDone;
  } finally {
    reporter.end();
  }
}

/** Resolves once what was printed is out, or cannot be. */
const written = (): Promise<void> => new Promise((resolve) => process.stdout.write('', () => resolve()));

async function explain(error: NodeJS.ErrnoException): Promise<string> {
  const refusal = explainRefusal(error);
  if (refusal !== undefined) return refusal;
  const known = DatakeepError.from(error);
  if (known?.code === 'storage-busy') return 'The keep is running on these files: stop it first. Nothing was changed.';
  const isOfSystem = error.path !== undefined || error.syscall === 'write';
  if (known !== undefined || !isOfSystem) return known?.errors[0]?.detail ?? ownersReason(error);
  const { systemErrorText } = await import('./system-error.ts');
  return systemErrorText(error);
}
