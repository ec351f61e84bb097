export * from './clock/manual-clock.ts';
export * from './testing/collect-garbage.ts';
