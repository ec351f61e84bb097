import { DatakeepError } from '@datakeep/kernel';
import { type ContentDigest, type ContentReader, type ContentStream, DigestSum, isSame, type Item } from './content.ts';
import { ContentDiffers } from './move-error.ts';

/** In items; `check` counts what is read back on either side. */
export interface MoveProgress {
  readonly step: 'copy' | 'check';
  readonly done: number;
  readonly of: number;
}

export interface CopyOptions {
  readonly from: readonly ContentReader[];
  /** Of the same names. */
  readonly to: readonly ContentStream[];
  /** Asked when all is copied: whether `from` is read a second time, which shows that it changed meanwhile. */
  readonly readsAgain: () => boolean;
  readonly onProgress: (progress: MoveProgress) => void;
  /** Called before each page that is written, and before the check. */
  readonly onStep: (step: string) => void;
}

/** Copies all content, reads it back and compares it. Throws `ContentDiffers`. */
export async function copyContent(options: CopyOptions): Promise<ReadonlyMap<string, ContentDigest>> {
  const { from, to, onStep } = options;
  let of = 0;
  for (const stream of from) of += await stream.count();
  const countPage = counting(options, 'copy', of);
  const copied = await digestsOf(from, async ({ name }, page) => {
    const stream = to.find((one) => one.name === name);
    if (stream === undefined) throw new ContentDiffers(name);
    onStep(`write ${name}`);
    await store(stream, page);
    countPage(page);
  });
  onStep('check');
  const readsAgain = options.readsAgain();
  const checked = counting(options, 'check', readsAgain ? 2 * of : of);
  const count = async (_stream: ContentReader, page: readonly Item[]): Promise<void> => checked(page);
  const readBack = await digestsOf(to, count);
  const again = readsAgain ? await digestsOf(from, count) : copied;
  for (const [name, digest] of copied)
    if (!isSame(digest, readBack.get(name)) || !isSame(digest, again.get(name))) throw new ContentDiffers(name);
  return copied;
}

/** MongoDB holds a write up for 15 s at most: with these a fail-over does not end a copy of hours. */
const attempts = 8;

/** A page may be repeated (`ContentStream`). */
async function store(stream: ContentStream, page: readonly Item[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await stream.write(page);
    } catch (error) {
      const code = DatakeepError.from(error)?.code;
      const isPassing = code === 'storage-unreachable' || code === 'storage-busy';
      if (!isPassing || attempt === attempts) throw error;
    }
  }
}

function counting(
  { onProgress }: CopyOptions,
  step: MoveProgress['step'],
  of: number,
): (page: readonly Item[]) => void {
  let done = 0;
  return (page) => {
    done += page.length;
    onProgress({ step, done, of: Math.max(done, of) });
  };
}

async function digestsOf(
  streams: readonly ContentReader[],
  each: (stream: ContentReader, page: readonly Item[]) => Promise<void>,
): Promise<ReadonlyMap<string, ContentDigest>> {
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
