import type { OnApplicationShutdown, Type } from '@nestjs/common';
import { expect, it } from 'vitest';
import { DocumentsModule } from '@datakeep/documents';
import { AppRemoval, RegistryModule } from '@datakeep/registry';
import { RunQueueModule } from '@datakeep/run-queue';
import { StorageModule } from '@datakeep/storage';
import { ViewManagerModule } from '@datakeep/view-manager';
import { ExecutionModule } from '../../apps/executors/src/execution.module.ts';
import { StandaloneModule } from '../../apps/standalone/src/standalone.module.ts';
import { keepUnderTest } from '../support/keep-in-process.ts';

it('closes nothing before what stands on it: workers first, the records last', async () => {
  const { keep, stop } = await keepUnderTest();
  const modules: readonly Type<OnApplicationShutdown>[] = [
    StandaloneModule,
    AppRemoval,
    ViewManagerModule,
    RunQueueModule,
    ExecutionModule,
    RegistryModule,
    StorageModule,
    DocumentsModule,
  ];
  const closed: string[] = [];
  for (const type of modules) {
    const module = keep.app.get<OnApplicationShutdown>(type);
    const close = module.onApplicationShutdown.bind(module);
    module.onApplicationShutdown = async (): Promise<void> => {
      await close();
      closed.push(type.name);
    };
  }
  await stop();
  expect(closed).toEqual(modules.map(({ name }) => name));
});
