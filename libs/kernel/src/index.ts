export * from './errors/catalogue.ts';
export * from './errors/datakeep-error.ts';
export * from './errors/problem.ts';
export * from './clock/clock.ts';
export * from './ids/ids.ts';
export * from './log/logger.ts';
export * from './config/config.ts';
export * from './json/json-reader.ts';
