export * from './mongo-connection.ts';
export * from './mongo-capabilities.ts';
export * from './mongo-errors.ts';
export * from './update-guard.ts';
export * from './finish-work.ts';
