import type { mongo } from 'mongoose';
import type { ExplainedPlan } from '../../../storage-engine.ts';

/** What a server's `explain` says, without the bounds and filters, which hold the query's values. */
export function explainedPlan(explained: mongo.Document): ExplainedPlan {
  const steps: string[] = [];
  const indexes: string[] = [];
  for (const winner of winnersOf(explained)) walk(winner, steps, indexes);
  const examined = (explained['executionStats'] as { totalDocsExamined?: unknown } | undefined)?.totalDocsExamined;
  return {
    indexes: [...new Set(indexes)],
    sorts: steps.some((step) => step.startsWith('SORT') && !step.startsWith('SORT_MERGE')),
    steps,
    rowsExamined: typeof examined === 'number' ? examined : null,
  };
}

/** The plan that was chosen, on each shard. */
function winnersOf(explained: mongo.Document): unknown[] {
  const planner = explained['queryPlanner'] as
    { winningPlan?: { shards?: readonly { winningPlan?: unknown }[] } } | undefined;
  const winner = planner?.winningPlan;
  return Array.isArray(winner?.shards) ? winner.shards.map((shard) => shard.winningPlan) : [winner];
}

/** From the answer down to what it is made of. */
function walk(stage: unknown, steps: string[], indexes: string[]): void {
  if (typeof stage !== 'object' || stage === null) return;
  const { stage: name, indexName, queryPlan, inputStage, inputStages } = stage as Readonly<Record<string, unknown>>;
  // Servers with the slot-based engine put the plan for people here, beside their own.
  if (queryPlan !== undefined) return walk(queryPlan, steps, indexes);
  if (typeof name === 'string') steps.push(typeof indexName === 'string' ? `${name} ${indexName}` : name);
  if (typeof indexName === 'string') indexes.push(indexName);
  walk(inputStage, steps, indexes);
  if (Array.isArray(inputStages)) for (const input of inputStages) walk(input, steps, indexes);
}
