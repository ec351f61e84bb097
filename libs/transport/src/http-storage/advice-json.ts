import {
  indexModes,
  indexStates,
  type IndexAnswer,
  type IndexPolicy,
  type IndexReport,
  type StorageFigures,
} from '@datakeep/contracts';
import { isObject } from '@datakeep/kernel';

type Json = Readonly<Record<string, unknown>>;

const states: ReadonlySet<string> = new Set([...indexStates, 'declared']);
const defaultPolicy: IndexPolicy = { mode: 'off', spaceBudget: 0.5, window: null };

const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise);
const amountOrNull = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
const amountOf = (value: unknown): number => amountOrNull(value) ?? 0;
const modeOf = (value: unknown): IndexPolicy['mode'] => indexModes.find((mode) => mode === value) ?? 'off';

/*
 * Statistics and indexes of a foreign storage. No answer to an app depends on them, so the readers accept any shape: a
 * number that is missing or malformed is 0, or null where the port allows null.
 */

/** The answer of `GET /storage/v1/health`. */
export function figuresFromText(text: string): StorageFigures {
  const { engine, engineVersion, events, bytes, waitingBytes } = objectOf(JSON.parse(text));
  return {
    engine: textOf(engine, 'unknown'),
    engineVersion: textOf(engineVersion, 'unknown'),
    events: amountOf(events),
    bytes: amountOf(bytes),
    waitingBytes: amountOf(waitingBytes),
  };
}

/** The answer of `GET /storage/v1/indexes`. What is no index is left out. */
export function indexesFromText(text: string): IndexAnswer {
  const answer = objectOf(JSON.parse(text));
  return {
    engine: textOf(answer['engine'], 'unknown'),
    policy: policyFrom(answer['policy']),
    effectiveMode: modeOf(answer['effectiveMode']),
    note: typeof answer['note'] === 'string' ? answer['note'] : null,
    indexes: listOf(answer['indexes']).flatMap((report) => reportFrom(report) ?? []),
  };
}

/** The answer of a decision about an index. Throws `TypeError` on what is no index. */
export function indexFromText(text: string): IndexReport {
  const report = reportFrom(JSON.parse(text));
  if (!report) throw new TypeError('no index');
  return report;
}

/** The answer of `PUT /storage/v1/index-policy`. */
export function policyFromText(text: string): IndexPolicy {
  return policyFrom(JSON.parse(text));
}

function policyFrom(value: unknown): IndexPolicy {
  const { mode, spaceBudget, window } = objectOf(value);
  const { fromHour, toHour } = objectOf(window);
  return {
    mode: modeOf(mode),
    spaceBudget: amountOrNull(spaceBudget) ?? defaultPolicy.spaceBudget,
    window: typeof fromHour === 'number' && typeof toHour === 'number' ? { fromHour, toHour } : null,
  };
}

function reportFrom(value: unknown): IndexReport | undefined {
  const { id, name, profile, keys, state, kept, explanation, shapes, figures, history } = objectOf(value);
  if (typeof id !== 'string' || typeof profile !== 'string' || !states.has(textOf(state))) return undefined;
  const { benefitMs, writeCostMs, buildMs, bytes, beforeMs, afterMs } = objectOf(figures);
  return {
    id,
    name: textOf(name, id),
    profile,
    keys: listOf(keys).map((key) => {
      const { field, direction } = objectOf(key);
      return { field: textOf(field), direction: direction === 'descending' ? 'descending' : 'ascending' };
    }),
    state: state as IndexReport['state'],
    kept: kept === true,
    explanation: listOf(explanation).map((line) => textOf(line)),
    shapes: listOf(shapes).map((one) => {
      const { shape, calls, totalMs, p95Ms } = objectOf(one);
      return { shape: textOf(shape), calls: amountOf(calls), totalMs: amountOf(totalMs), p95Ms: amountOf(p95Ms) };
    }),
    figures: {
      benefitMs: amountOf(benefitMs),
      writeCostMs: amountOf(writeCostMs),
      buildMs: amountOrNull(buildMs),
      bytes: amountOrNull(bytes),
      beforeMs: amountOrNull(beforeMs),
      afterMs: amountOrNull(afterMs),
    },
    history: listOf(history).flatMap((entry) => {
      const { at, state: then, reason } = objectOf(entry);
      const known = indexStates.find((one) => one === then);
      return known === undefined ? [] : [{ at: textOf(at), state: known, reason: textOf(reason) }];
    }),
  };
}
