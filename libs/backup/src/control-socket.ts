/** In DATA_DIR: where a running keep is asked for a snapshot. */
export const controlSocket = 'keep.sock';

/** Bytes of a Unix socket's path: 108 with the last zero on Linux, 104 elsewhere. */
export const longestSocketPath = process.platform === 'linux' ? 107 : 103;
