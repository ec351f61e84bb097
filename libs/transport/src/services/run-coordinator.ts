import type { RunCoordinator } from '@datakeep/contracts';
import { describeService } from '../wire/service-description.ts';

/**
 * What the event service may take for one call of a view: a query's longest budget (QUERY_TIMEOUT_MS), or a batch that
 * waits for the writer; beyond it the run's own wall time ends the run.
 */
const brokerMs = 62_000;

/**
 * The run coordinator as a service. A second call is harmless by the port's guarantees, but for what a view asks of its
 * keep, and an attempt's put-back. The callback of `begin` stays at home: a worker in another process asks `ended`.
 */
export const runCoordinatorService = describeService<RunCoordinator>()({
  name: 'run-coordinator',
  failures: { unreachable: 'view-manager-unreachable', busy: 'view-manager-unreachable', answerTooLarge: 'internal' },
  methods: {
    begin: { repeatable: true },
    broker: { repeatable: false, deadlineMs: brokerMs },
    finish: { repeatable: true },
    interrupted: { repeatable: false },
    ended: { repeatable: true },
  },
});
