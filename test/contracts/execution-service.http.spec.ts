import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Broker, BrokerMethod, ExecutionRequest, ExecutionService } from '@datakeep/contracts';
import { HttpExecutionService } from '@datakeep/execution';
import { openJavaScriptService } from '@datakeep/execution/testing';
import { createLogger, DatakeepError, SystemClock, toProblem } from '@datakeep/kernel';
import { startExecutionApi } from '../../apps/executors/src/execution-api/start-execution-api.ts';
import { describeExecutionService } from './execution-service.contract.ts';
import { javaScriptSamples } from './execution-service.samples.ts';

const key = 'k'.repeat(43);
const methods: Readonly<Record<string, BrokerMethod>> = {
  '/app/v1/events/query': 'events.query',
  '/app/v1/events/aggregate': 'events.aggregate',
};

/**
 * The event routes of a keep that the suite's views call, answered by the broker that the suite gives each run: the
 * token identifies it.
 */
class SuiteEndpoint {
  readonly #brokers = new Map<string, Broker>();
  readonly #server: Server;
  #runs = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const broker = this.#brokers.get(request.headers.authorization ?? '');
      const method = methods[request.url ?? ''];
      const answer = (status: number, body: string): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      void (async () => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        try {
          if (!broker || !method) throw new DatakeepError('unauthenticated');
          answer(200, (await broker.call(method, `[${body}]`)).json);
        } catch (error) {
          const problem = toProblem(DatakeepError.from(error) ?? new DatakeepError('internal'), 'r');
          answer(problem.status, JSON.stringify(problem));
        }
      })();
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** The request as a keep would make it: with this endpoint, and a token that opens the run's broker. */
  of(request: ExecutionRequest): ExecutionRequest {
    if (request.parametersJson !== '{}') return request;
    const token = `run-${(this.#runs += 1)}`;
    this.#brokers.set(`Bearer ${token}`, request.broker);
    const dataEndpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return { ...request, parametersJson: JSON.stringify({ accessTokensToProfiles: { walks: token }, dataEndpoint }) };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The built-in server asked by the built-in client, as two keeps would. */
async function open(): Promise<{ service: ExecutionService; close: () => Promise<void> }> {
  const clock = new SystemClock();
  const behind = await openJavaScriptService();
  const config = { executionPort: 0, executionKey: key, serviceHost: '127.0.0.1' };
  const api = (await startExecutionApi({
    config,
    services: new Map([['javascript', behind.service]]),
    clock,
    logger: createLogger('silent'),
  }))!;
  const endpoint = new SuiteEndpoint();
  await endpoint.listen();
  const client = new HttpExecutionService({ runtime: 'elsewhere', url: `${api.url}/javascript`, key, clock });
  return {
    service: {
      runtime: client.runtime,
      defaultLimits: client.defaultLimits,
      upload: (files) => client.upload(files),
      read: (id) => client.read(id),
      delete: (id) => client.delete(id),
      execute: (request) => client.execute(endpoint.of(request)),
      report: () => client.report(),
      close: () => client.close(),
    },
    close: async () => {
      await client.close();
      await behind.close();
      await api.close();
      endpoint.close();
    },
  };
}

describeExecutionService('JavaScript over HTTP', javaScriptSamples, open);
