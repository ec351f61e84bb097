import type { SourceFile } from '@datakeep/contracts';
import type { LaunchRequest } from '../jail/launcher.ts';

/**
 * The targets of a language's attacking program: made by the self-test for the purpose, and open to every user but for
 * the jail.
 */
export interface AttackTargets {
  /** A text file of mode 0666 in a folder of mode 0777. */
  readonly file: string;
  /** The folder that it lies in. */
  readonly folder: string;
  /** A file of mode 0666 that is an empty SQLite database. */
  readonly database: string;
  /** Folders of the keep itself, e.g. DATA_DIR. */
  readonly keep: readonly string[];
  /** Ports on 127.0.0.1, and the path of a Unix socket, where the self-test listens. */
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly unixSocket: string;
  /** The supervisor, as the view process would see it. */
  readonly supervisorPid: number;
  /** A program that exists. */
  readonly program: string;
}

/**
 * The layer of the kernel's part of the jail that stops each attack. The attacking program tries all of them and
 * reports each by its name here.
 */
export const attackLayers = {
  'reads a file that everybody may read': 'landlock',
  'writes a file that everybody may write': 'landlock',
  'makes a file where everybody may': 'landlock',
  'changes the mode of a file': 'seccomp',
  "lists the keep's folder": 'landlock',
  'opens a database with SQLite': 'landlock',
  'connects by TCP': 'seccomp',
  'listens on a TCP port': 'seccomp',
  'sends by UDP': 'seccomp',
  'connects to a Unix socket': 'seccomp',
  "reads the supervisor's environment": 'landlock',
  'signals the supervisor': 'seccomp',
  'has the kernel signal the supervisor': 'seccomp',
  'starts a program': 'seccomp',
  'forks 100 times': 'seccomp',
} as const satisfies Record<string, 'landlock' | 'seccomp'>;

export type Attack = keyof typeof attackLayers;

/**
 * One line of the attacking program's report, as JSON: `error` is the system's or runtime's code; absent where the
 * attack succeeded.
 */
export interface AttackLine {
  readonly attack: Attack;
  readonly error?: string;
}

/** What a language gives the self-test. */
export interface LanguageAttacks {
  /**
   * The attacking program.
   * Where view code has all that the language has, it is a view, whose parameters are the targets and whose result is
   * the list of lines.
   * Else it is a program that starts where views start, in the same jail and with the same limits, its last argument
   * being the targets' JSON, and prints the lines; `bare`: without what the language itself denies, so that only the
   * operating system is left to refuse.
   */
  readonly reach:
    | { readonly view: readonly SourceFile[] }
    | { readonly program: (targetsJson: string, bare: boolean) => LaunchRequest };
  /** Views that take more than they may, run as any view is. */
  readonly views: {
    /** Never ends. */
    readonly loop: readonly SourceFile[];
    /** Allocates 1 GiB. */
    readonly memory: readonly SourceFile[];
    /** Prints 100 MB, and returns. */
    readonly output: readonly SourceFile[];
    /** Returns 100 MB. */
    readonly result: readonly SourceFile[];
  };
}
