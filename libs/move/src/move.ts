import { systemFault } from '@datakeep/backup';
import { DatakeepError } from '@datakeep/kernel';
import type { ContentDigest, ContentReader, ContentStream } from './content.ts';
import { copyContent, type CopyOptions } from './copy-content.ts';
import { ContentDiffers, MoveError } from './move-error.ts';
import type { MoveTarget } from './move-target.ts';

/** Content by the names of its streams; both sides have the same. */
interface Opened {
  readonly streams: readonly ContentStream[];
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
  readonly openTarget: (place: string) => Promise<Opened>;
  readonly onProgress: CopyOptions['onProgress'];
  /** Called before each step that changes the target, with its name. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Moves the content of a keep that is stopped into an empty target, and compares both sides item by item, read back
 * from their engines. A move that was killed is run again: it stores what is missing. Throws `MoveError`.
 */
export async function move(options: MoveOptions): Promise<ReadonlyMap<string, ContentDigest>> {
  const { from, target, onProgress, onStep = () => undefined } = options;
  const place = await from.lastChange();
  try {
    await begin(options, place, onStep);
    onStep('open');
    const opened = await options.openTarget(place);
    // Nothing but its own keep changes the source, and MongoDB has no lock that would show whether that is stopped.
    const readsAgain = () => true;
    const digests = await copyContent({
      from: from.streams,
      to: opened.streams,
      readsAgain,
      onProgress,
      onStep,
    }).finally(() => opened.close());
    onStep('end');
    await target.end();
    return digests;
  } catch (error) {
    if (error instanceof MoveError) throw error;
    throw error instanceof ContentDiffers ? changed(target, error) : unfinished(target, error);
  }
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

function changed({ name, howToClear }: MoveTarget, cause?: ContentDiffers): MoveError {
  return new MoveError(
    `The keep has changed since its move into ${name} began${cause === undefined ? '' : ` (${cause.message})`}. ` +
      `Stop the keep, ${howToClear}, and move again.`,
    { cause },
  );
}

/** What an engine says to callers, such as what they may send again, means nothing to the owner. */
function unfinished({ name }: MoveTarget, error: unknown): MoveError {
  const cause = error instanceof DatakeepError ? (error.cause ?? error) : error;
  const reason = systemFault(cause).replace(/\.$/, '');
  return new MoveError(
    `${name} is not filled yet: ${reason}. Run the same command again, which stores what is missing.`,
    { cause: error },
  );
}
