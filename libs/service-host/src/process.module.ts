import { type DynamicModule, Module } from '@nestjs/common';
import { CLOCK, CONFIG, IDS, LOGGER, ObjectIds } from '@datakeep/kernel';
import type { ProcessStart } from './run-process.ts';

/** Provides to the whole application what every process has: its configuration, clock, logger and ids. */
@Module({})
export class ProcessModule {
  static forRoot({ config, clock, logger }: Pick<ProcessStart, 'config' | 'clock' | 'logger'>): DynamicModule {
    return {
      module: ProcessModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: CLOCK, useValue: clock },
        { provide: LOGGER, useValue: logger },
        { provide: IDS, useValue: new ObjectIds() },
      ],
      exports: [CONFIG, CLOCK, LOGGER, IDS],
    };
  }
}
