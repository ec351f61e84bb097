import type {
  ExecutionLimits,
  ExecutionOutcome,
  SelfTestAttack,
  SelfTestReport,
  SourceFile,
} from '@datakeep/contracts';
import type { Clock } from '@datakeep/kernel';
import type { Launch, Launcher } from '../jail/launcher.ts';
import { attackLines, runAttacks } from './attack-run.ts';
import { attackLayers, type Attack, type AttackLine, type LanguageAttacks } from './attacks.ts';
import { setDecoys } from './decoys.ts';

export interface SelfTestOptions {
  readonly attacks: LanguageAttacks;
  readonly launcher: Launcher;
  /** Folders of the keep itself. */
  readonly keepFolders: readonly string[];
  readonly limits: ExecutionLimits;
  readonly clock: Clock;
  /** Aborting ends what is under way. */
  readonly signal: AbortSignal;
  /** Runs a view as any other is run. */
  readonly run: (
    files: readonly SourceFile[],
    limits: ExecutionLimits,
    parametersJson?: string,
  ) => Promise<ExecutionOutcome>;
}

/**
 * What a system or a runtime answers when it refuses. Anything else is no proof: the attack may just have been badly
 * made.
 */
const refusals = /^(?:EACCES|EPERM|EFBIG|ERR_ACCESS_DENIED|ERR_SQLITE_ERROR|ERR_UNKNOWN_BUILTIN_MODULE)$/;
/** An endless view need not have the time of a real one. */
const loopMs = 100;
/** What takes memory or prints must hit its own limit, also on a busy machine: the deadline must not end it first. */
const patienceMs = 20_000;

/** Attacks the jail from inside, with all that the language has (docs/isolation.md), and reports what refused each. */
export async function runSelfTest(options: SelfTestOptions): Promise<SelfTestReport> {
  const { clock } = options;
  const began = clock.monotonic();
  const attacks = [...(await reach(options)), ...(await exhaust(options))];
  const passed = attacks.every(({ outcome }) => outcome === 'refused' || outcome === 'killed');
  return {
    at: new Date(clock.now()).toISOString(),
    durationMs: Math.round(clock.monotonic() - began),
    passed,
    attacks,
  };
}

/** What view code must not reach: tried with what the language refuses, and without. */
async function reach(options: SelfTestOptions): Promise<SelfTestAttack[]> {
  const decoys = await setDecoys(options.keepFolders);
  try {
    const targets = JSON.stringify(decoys.targets);
    const { reach: attacker } = options.attacks;
    const started = (launch: Launch): Promise<readonly AttackLine[] | string> =>
      runAttacks(launch, options.signal).catch(messageOf);
    const [bare, withLanguage] =
      'view' in attacker
        ? [await lines(options, attacker.view, targets), undefined]
        : [
            await started(options.launcher.launch(attacker.program(targets, true))),
            await started(options.launcher.launch(attacker.program(targets, false))),
          ];
    const reached = await decoys.reached();
    const { layers } = options.launcher.isolation;
    return (Object.keys(attackLayers) as Attack[]).map((attack) =>
      verdictOf(attack, { bare, withLanguage, reached: reached.has(attack), layers }),
    );
  } finally {
    await decoys.remove();
  }
}

async function lines(
  { run, limits }: SelfTestOptions,
  view: readonly SourceFile[],
  targets: string,
): Promise<readonly AttackLine[] | string> {
  const outcome = await run(view, limits, targets).catch(messageOf);
  if (typeof outcome === 'string') return outcome;
  return outcome.state === 'succeeded'
    ? attackLines(JSON.parse(outcome.resultJson))
    : `${outcome.error.code}: ${outcome.error.message}`;
}

/** What the attacking program said (or why it did not), and what is known without it. */
interface Trial {
  readonly bare: readonly AttackLine[] | string;
  readonly withLanguage: readonly AttackLine[] | string | undefined;
  readonly reached: boolean;
  readonly layers: readonly string[];
}

/** The layer in force that gives this answer; undefined where none is known to. */
function layerOf(attack: Attack, error: string, layers: readonly string[]): string | undefined {
  // In another namespace the target does not exist.
  if (layers.includes('namespaces') && /^(?:ENOENT|ESRCH)$/.test(error)) return 'namespaces';
  if (!refusals.test(error)) return undefined;
  // RLIMIT_FSIZE is 0: SQLite reports no cause.
  const otherwise = error === 'EFBIG' || error === 'ERR_SQLITE_ERROR' ? 'rlimits' : 'uid';
  const candidates = [attackLayers[attack], otherwise];
  return candidates.find((layer) => layers.includes(layer));
}

function verdictOf(attack: Attack, { bare, withLanguage, reached, layers }: Trial): SelfTestAttack {
  const line = typeof bare === 'string' ? undefined : bare.find((each) => each.attack === attack);
  if (!line)
    return {
      attack,
      outcome: 'not-tried',
      refusedBy: [],
      detail: typeof bare === 'string' ? bare : 'the program did not try it',
    };
  const { error } = line;
  if (reached || error === undefined) return { attack, outcome: 'succeeded', refusedBy: [] };
  const layer = layerOf(attack, error, layers);
  if (layer === undefined) return { attack, outcome: 'not-tried', refusedBy: [], detail: error };
  const seatBelt =
    typeof withLanguage === 'string' ? undefined : withLanguage?.find((each) => each.attack === attack)?.error;
  // A code that the bare program does not get is the language's own.
  const language = seatBelt !== undefined && seatBelt !== error ? ['language'] : [];
  return { attack, outcome: 'refused', refusedBy: [layer, ...language], detail: error };
}

/** What view code must not take: run as views, one after the other. */
async function exhaust({ attacks, limits, run }: SelfTestOptions): Promise<SelfTestAttack[]> {
  const { loop, memory, output, result } = attacks.views;
  const patient = { ...limits, wallTimeMs: patienceMs, cpuTimeMs: patienceMs };
  return [
    killed('loops for ever', await run(loop, { ...limits, wallTimeMs: loopMs, cpuTimeMs: loopMs }).catch(messageOf), [
      'view-timed-out',
      'view-cpu-exhausted',
    ]),
    killed('allocates 1 GiB', await run(memory, patient).catch(messageOf), ['view-out-of-memory']),
    killed('returns 100 MB', await run(result, patient).catch(messageOf), [
      'view-result-too-large',
      'view-out-of-memory',
    ]),
    printed(await run(output, patient).catch(messageOf), limits.logBytes),
  ];
}

function killed(attack: string, outcome: ExecutionOutcome | string, codes: readonly string[]): SelfTestAttack {
  if (typeof outcome === 'string') return { attack, outcome: 'not-tried', refusedBy: [], detail: outcome };
  if (outcome.state === 'succeeded') return { attack, outcome: 'succeeded', refusedBy: [] };
  const { code } = outcome.error;
  return codes.includes(code)
    ? { attack, outcome: 'killed', refusedBy: ['supervisor'], detail: code }
    : { attack, outcome: 'not-tried', refusedBy: [], detail: `${code}: ${outcome.error.message}` };
}

function printed(outcome: ExecutionOutcome | string, limit: number): SelfTestAttack {
  const attack = 'prints 100 MB';
  if (typeof outcome === 'string') return { attack, outcome: 'not-tried', refusedBy: [], detail: outcome };
  if (outcome.state !== 'succeeded') return killed(attack, outcome, ['view-output-too-large']);
  const kept = outcome.logs.reduce((bytes, { text }) => bytes + Buffer.byteLength(text), 0);
  if (kept > limit) return { attack, outcome: 'succeeded', refusedBy: [], detail: `${kept} bytes were kept` };
  return {
    attack,
    outcome: 'refused',
    refusedBy: ['supervisor'],
    detail: `${kept} bytes kept, ${outcome.usage.logBytesDropped} dropped`,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
