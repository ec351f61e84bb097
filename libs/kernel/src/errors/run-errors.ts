/** Codes of `run.error.code`: why a run did not succeed. */
export const runErrors = {
  'view-threw': "The view's code threw, or its promise was rejected.",
  'view-load-failed': "The view's source could not be loaded: a syntax error, a missing import, or no entry function.",
  'view-timed-out': 'The run reached its wall time limit and was killed.',
  'view-cpu-exhausted': 'The run used up its CPU time and was killed.',
  'view-out-of-memory': 'The view process reached its memory limit and was killed.',
  'view-too-many-processes': 'The view process had more threads than its limit and was killed.',
  'view-output-too-large': 'The run printed far more than is kept, without end, and was killed.',
  'view-result-too-large': 'The result is larger than the limit.',
  'view-result-not-json':
    'The result is no JSON value that can be read in one way only: NaN, BigInt, a cycle, a function, ' +
    'a member twice, `__proto__`, half of a surrogate pair, or too deep.',
  'view-input-too-large': 'The run read more events or bytes than its limit.',
  'view-network-denied':
    'The view asked for an address that is no event route of `dataEndpoint`; view code has no other network.',
  'view-fetch-failed': '`dataEndpoint` could not be reached from where the view ran, or did not answer in time.',
  'view-isolation-missing':
    'View code is not run here, because it could not be kept apart from the data; the message names what is missing.',
  'view-crashed': 'The view process ended without an answer.',
  'view-cancelled': 'The run was cancelled.',
  'view-not-permitted': "The instance's permissions no longer cover every profile of its template.",
  'view-attempts-exhausted': 'The keep stopped during every attempt; the run was not started again.',
  'view-source-missing': 'The execution service has no source code of that id.',
  'execution-service-failed': 'The execution service could not be reached or did not answer as it should.',
  'run-queue-unreachable': 'The run queue was out of reach; the run was never started.',
} as const;

export type RunErrorCode = keyof typeof runErrors;
