import type { TestProject } from 'vitest/node';

import { ServiceBroker } from './broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where suites ask for the servers they need; see `useService`. */
    readonly serviceBroker: string;
  }
}

/** Vitest's `globalSetup`: lets suites ask for servers, and says at the end which suite ran on which. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { REDIS_URL, MONGODB_URI, REQUIRE_SERVICES } = process.env;
  const broker = new ServiceBroker({ REDIS_URL, MONGODB_URI, REQUIRE_SERVICES });
  project.provide('serviceBroker', await broker.open());
  return async () => {
    await broker.close();
    for (const line of broker.summary()) process.stdout.write(`${line}\n`);
  };
}
