import { describe, expect, test } from 'vitest';
import { explainedPlan } from './explained-plan.ts';

/** As MongoDB's manual shows them (Explain Results), shortened. */
const served = {
  stage: 'LIMIT',
  inputStage: {
    stage: 'FETCH',
    filter: { profile: { $eq: 'secret' } },
    inputStage: {
      stage: 'IXSCAN',
      indexName: 'auto_0123456789abcdef01234567',
      indexBounds: { 'payload.user': ['["secret", "secret"]'] },
    },
  },
};

describe('what a server explains', () => {
  test('is the index and the steps, without a value of the query', () => {
    const plan = explainedPlan({ queryPlanner: { winningPlan: served }, executionStats: { totalDocsExamined: 25 } });
    expect(plan).toEqual({
      indexes: ['auto_0123456789abcdef01234567'],
      sorts: false,
      steps: ['LIMIT', 'FETCH', 'IXSCAN auto_0123456789abcdef01234567'],
      rowsExamined: 25,
    });
    expect(JSON.stringify(plan)).not.toContain('secret');
  });

  test('is found beside the plan of the slot-based engine, and on each shard', () => {
    const wanted = ['auto_0123456789abcdef01234567'];
    expect(explainedPlan({ queryPlanner: { winningPlan: { queryPlan: served, slotBasedPlan: {} } } }).indexes).toEqual(
      wanted,
    );
    const shards = [{ winningPlan: served }, { winningPlan: { queryPlan: served } }];
    expect(explainedPlan({ queryPlanner: { winningPlan: { stage: 'SHARD_MERGE', shards } } }).indexes).toEqual(wanted);
  });

  test('tells an order that is made by sorting from one that an index gives', () => {
    const sorts = (stage: string) =>
      explainedPlan({ queryPlanner: { winningPlan: { stage, inputStages: [served, served] } } }).sorts;
    expect([sorts('SORT'), sorts('SORT_MERGE'), sorts('FETCH')]).toEqual([true, false, false]);
  });

  test('is nothing where the server scans', () => {
    expect(explainedPlan({ queryPlanner: { winningPlan: { stage: 'COLLSCAN', filter: {} } } })).toEqual({
      indexes: [],
      sorts: false,
      steps: ['COLLSCAN'],
      rowsExamined: null,
    });
  });
});
