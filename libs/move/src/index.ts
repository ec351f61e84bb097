/** A keep on its way to another engine: its content in streams, compared by counts and digests. */
export { type ContentDigest, type ContentReader, type ContentStream, type Item } from './content.ts';
export { eventStream } from './event-stream.ts';
export { FolderTarget, movePart, refuseUnfinishedMove, unfinishedMoveIn } from './folder-target.ts';
export { openMongoTarget } from './mongo/index.ts';
export { copyContent, type MoveProgress } from './copy-content.ts';
export { move } from './move.ts';
export { ContentDiffers, MoveError } from './move-error.ts';
export type { MoveTarget } from './move-target.ts';
export { recordStream } from './record-stream.ts';
