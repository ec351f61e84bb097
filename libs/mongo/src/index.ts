export * from './mongo-connection.ts';
export * from './mongo-errors.ts';
export * from './in-transaction.ts';
export * from './operations.ts';
export * from './mongo.module.ts';
