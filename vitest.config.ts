import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// .ci/run asks for a report that it can count from.
const report = process.env['TEST_REPORT'];

/** Files whose keeps are killed or starved, so that they wait more than they compute, and whose figures would suffer beside each other. */
const faults = ['test/faults/kills', 'test/faults/redis-away', 'test/faults/signals', 'test/contracts/run-queue.bullmq-faults'];

/** The first of the faults at the start, the others spread evenly among the rest, which fills the time beside them. */
class FaultsApart extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => faults.findIndex((path) => moduleId.includes(path));
    const sorted = await super.sort(files);
    const rest = sorted.filter((file) => placeOf(file) === -1);
    const share = Math.ceil(rest.length / faults.length);
    return faults.flatMap((_, place) => sorted.filter((file) => placeOf(file) === place).concat(rest.slice(place * share, (place + 1) * share)));
  }
}

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.spec.ts', 'libs/**/*.spec.ts', 'apps/**/*.spec.ts'],
    // Suites ask it for the servers they need; it costs nothing where none does.
    globalSetup: ['test/support/services/global-setup.ts'],
    // One for each processor: by default Vitest leaves one of them, half a machine of two, to itself.
    maxWorkers: '100%',
    sequence: { sequencer: FaultsApart },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // Limits for a test that hangs; the tests of real processes need seconds on a small machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
