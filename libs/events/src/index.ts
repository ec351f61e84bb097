export * from './bulk/index.ts';
export * from './changes/index.ts';
export * from './query/index.ts';
export * from './service/index.ts';
export { EventsModule } from './events.module.ts';
