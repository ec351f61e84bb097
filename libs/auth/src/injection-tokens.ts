/** Nest injection tokens of what AuthModule is given. */
export const CALLER_DIRECTORY = Symbol('CallerDirectory');
export const RUN_DIRECTORY = Symbol('RunDirectory');
export const AUTH_CLOCK = Symbol('Clock');
export const TOKEN_SIGNER = Symbol('TokenSigner');
