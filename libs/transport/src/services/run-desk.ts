import type { AttemptName, BrokerMethod, ExecutionOutcome, RunAnswer, RunDesk } from '@datakeep/contracts';
import { type Codec, json, withText } from '../wire/codec.ts';
import { describeService, plain } from '../wire/service-description.ts';

type Begin = Parameters<RunDesk['begin']>;

/** The callback stays here: a worker in another process asks `ended`. */
const beginning: Codec<Begin> = {
  encode: ([jobId]) => ({ head: [jobId] }),
  decode: ({ head }) => head as Begin,
};

const answer: Codec<RunAnswer> = {
  encode: (value) => {
    if (value.kind !== 'execute') return { head: value };
    const { parametersJson, ...order } = value;
    return { head: order, text: parametersJson };
  },
  decode: ({ head, text = '' }) => {
    const value = head as RunAnswer;
    return value.kind === 'execute' ? { ...value, parametersJson: text } : value;
  },
};

const question: Codec<[run: AttemptName, method: BrokerMethod, argumentsJson: string]> = {
  encode: ([run, method, argumentsJson]) => ({ head: [run, method], text: argumentsJson }),
  decode: ({ head, text = '' }) => {
    const [run, method] = head as [AttemptName, BrokerMethod];
    return [run, method, text];
  },
};

const report: Codec<[run: AttemptName, outcome: ExecutionOutcome]> = {
  encode: ([run, outcome]) => {
    if (outcome.state !== 'succeeded') return { head: [run, outcome] };
    const { resultJson, ...rest } = outcome;
    return { head: [run, rest], text: resultJson };
  },
  decode: ({ head, text = '' }) => {
    const [run, outcome] = head as [AttemptName, ExecutionOutcome];
    return [run, outcome.state === 'succeeded' ? { ...outcome, resultJson: text } : outcome];
  },
};

const nothing: Codec<void> = { encode: () => ({ head: null }), decode: () => undefined };
type BrokerAnswer = Awaited<ReturnType<RunDesk['broker']>>;

/** What the door may take for one call of a view: a query's longest budget (QUERY_TIMEOUT_MS), or a batch that waits for the writer; beyond it the run's own wall time ends the run. */
const brokerMs = 62_000;
const deadlineMs = () => brokerMs;

/** The Run Desk as a service. Asking twice is harmless by the port's law, but for what a view asks of its keep, and an attempt's put-back. */
export const runDeskService = describeService<RunDesk>()({
  name: 'run-desk',
  failures: { unreachable: 'view-manager-unreachable', busy: 'view-manager-unreachable', answerTooLarge: 'internal' },
  methods: {
    begin: { repeatable: true, request: beginning, response: answer },
    broker: { repeatable: false, request: question, response: withText<'json', BrokerAnswer>('json'), deadlineMs },
    finish: { repeatable: true, request: report, response: nothing },
    interrupted: { repeatable: false, request: json<Parameters<RunDesk['interrupted']>>(), response: json<boolean>() },
    ended: plain({ repeatable: true }),
  },
});
