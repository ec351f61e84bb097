import { type ContentDigest, type ContentReader, type ContentStream, DigestSum, isSame } from './content.ts';
import { MoveError } from './move-error.ts';
import type { MoveTarget } from './move-target.ts';

/** In items; `check` counts what is read back on either side. */
export interface MoveProgress {
  readonly step: 'copy' | 'check';
  readonly done: number;
  readonly of: number;
}

/** Content by the names of its streams; both sides have the same. */
interface Opened<S extends ContentReader> {
  readonly streams: readonly S[];
  close(): Promise<void>;
}

export interface MoveOptions {
  readonly from: {
    /** Without secrets. */
    readonly name: string;
    readonly streams: readonly ContentReader[];
    /** The place of the last change of its events. */
    lastChange(): Promise<string>;
  };
  readonly target: MoveTarget;
  /** Opens the target, once its state is there. `place` is where the change feed of the source ends. */
  readonly openTarget: (place: string) => Promise<Opened<ContentStream>>;
  readonly onProgress: (progress: MoveProgress) => void;
  /** Called before each step that changes the target, with its name. */
  readonly onStep?: (step: string) => void;
}

/**
 * Moves the content of a keep that is stopped into an empty target, and compares both sides item by item, read back
 * from their engines. A move that was killed is run again: it stores what is missing. Throws `MoveError`.
 */
export async function move(options: MoveOptions): Promise<ReadonlyMap<string, ContentDigest>> {
  const { from, target, onStep = () => undefined } = options;
  const place = await from.lastChange();
  await begin(options, place, onStep);
  onStep('open');
  const opened = await options.openTarget(place);
  let digests: ReadonlyMap<string, ContentDigest>;
  try {
    digests = await copyAndCompare(options, opened.streams, onStep);
  } finally {
    await opened.close();
  }
  onStep('end');
  await target.end();
  return digests;
}

/** Refuses before anything is touched. */
async function begin({ from, target }: MoveOptions, place: string, onStep: (step: string) => void): Promise<void> {
  const state = await target.state();
  if (state === undefined) {
    if (!(await target.isEmpty()))
      throw new MoveError(`${target.name} holds something already. Nothing was changed: name one that is empty.`);
    onStep('begin');
    await target.begin({ format: 1, from: from.name, place });
  } else if (state.from !== from.name)
    throw new MoveError(
      `A move from ${state.from} into ${target.name} is not finished. Nothing was changed: ` +
        `run that one again, or ${target.howToClear}.`,
    );
  else if (state.place !== place) throw changed(target);
}

async function copyAndCompare(
  { from, target, onProgress }: MoveOptions,
  streams: readonly ContentStream[],
  onStep: (step: string) => void,
): Promise<ReadonlyMap<string, ContentDigest>> {
  const counts = await Promise.all(from.streams.map((stream) => stream.count()));
  const of = counts.reduce((sum, count) => sum + count, 0);
  const progress = (step: MoveProgress['step'], expected: number): ((items: number) => void) => {
    let done = 0;
    return (items) => onProgress({ step, done: (done += items), of: Math.max(done, expected) });
  };
  const told = progress('copy', of);
  const copied = await digestsOf(from.streams, async ({ name }, page) => {
    const stream = streams.find((one) => one.name === name);
    if (stream === undefined) throw new MoveError(`The target has no place for ${name}.`);
    onStep(`write ${name}`);
    try {
      await stream.write(page);
    } catch (error) {
      throw error instanceof MoveError ? changed(target, error) : error;
    }
    told(page.length);
  });
  const checked = progress('check', 2 * of);
  const count = async (_stream: ContentReader, page: readonly unknown[]): Promise<void> => checked(page.length);
  onStep('check');
  const readBack = await digestsOf(streams, count);
  // Nothing but its own keep changes the source, and MongoDB has no lock that would tell whether that is stopped.
  const again = await digestsOf(from.streams, count);
  for (const [name, digest] of copied)
    if (!isSame(digest, again.get(name)) || !isSame(digest, readBack.get(name))) throw changed(target, undefined, name);
  return copied;
}

async function digestsOf(
  streams: readonly ContentReader[],
  each: (stream: ContentReader, page: Parameters<DigestSum['add']>[0]) => Promise<void>,
): Promise<Map<string, ContentDigest>> {
  const digests = new Map<string, ContentDigest>();
  for (const stream of streams) {
    const sum = new DigestSum();
    for await (const page of stream.pages()) {
      sum.add(page);
      await each(stream, page);
    }
    digests.set(stream.name, sum.value);
  }
  return digests;
}

function changed({ name, howToClear }: MoveTarget, cause?: Error, stream?: string): MoveError {
  return new MoveError(
    `The keep has changed since its move into ${name} began${stream === undefined ? '' : ` (${stream} differ)`}. ` +
      `Stop the keep, ${howToClear}, and move again.`,
    { cause },
  );
}
