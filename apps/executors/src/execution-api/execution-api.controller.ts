import { randomUUID } from 'node:crypto';
import { Body, Controller, Delete, Get, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionService } from '@datakeep/contracts';
import { DataEndpoint, EndpointBroker, limitsHeader, readLimits, reuseKeyHeader } from '@datakeep/execution';
import { type Clock, DatakeepError } from '@datakeep/kernel';
import { readUploadedFiles } from './upload-parts.ts';
import { outcomeAnswer } from './outcome-answer.ts';

/** What the controller answers for. */
export interface ServedRuntimes {
  /** By name; the first also answers the plain paths. */
  readonly services: ReadonlyMap<string, ExecutionService>;
  readonly clock: Clock;
}
export const SERVED_RUNTIMES = Symbol('SERVED_RUNTIMES');

const maxReuseKeyLength = 200;

/** Execution services over HTTP (docs/api.md): each runtime below its name, the first at the root as well. */
@Controller()
export class ExecutionApiController {
  constructor(@Inject(SERVED_RUNTIMES) private readonly served: ServedRuntimes) {}

  @Post(['uploadNewSourceCode', ':runtime/uploadNewSourceCode'])
  @HttpCode(201)
  async upload(
    @Param('runtime') runtime: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<{ sourceCodeId: string }> {
    const { sourceCodeId } = await this.#service(runtime).upload(await readUploadedFiles(request));
    return { sourceCodeId };
  }

  @Get(['sourceCodes/:id', ':runtime/sourceCodes/:id'])
  async read(@Param('runtime') runtime: string | undefined, @Param('id') id: string): Promise<object> {
    const service = this.#service(runtime);
    const files = await service.read(id);
    if (!files) throw new DatakeepError('not-found');
    return { sourceCode: files.map(({ path, content }) => ({ name: path, language: service.runtime, code: content })) };
  }

  @Delete(['sourceCodes/:id', ':runtime/sourceCodes/:id'])
  async remove(@Param('runtime') runtime: string | undefined, @Param('id') id: string): Promise<{ message: string }> {
    await this.#service(runtime).delete(id);
    return { message: 'The source code is gone.' };
  }

  @Post(['executeSourceCode/:id', ':runtime/executeSourceCode/:id'])
  @HttpCode(200)
  async execute(
    @Param('runtime') runtime: string | undefined,
    @Param('id') id: string,
    @Body() body: unknown,
    @Headers(limitsHeader) limitsText: string | undefined,
    @Headers(reuseKeyHeader) reuseKey: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const service = this.#service(runtime);
    const parameters = parametersOf(body);
    const limits = readLimits(limitsText, service.defaultLimits);
    // The client has disconnected: the run's outcome has no reader.
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const dataEndpoint = typeof parameters['dataEndpoint'] === 'string' ? parameters['dataEndpoint'] : undefined;
    const outcome = await service.execute({
      sourceCodeId: id,
      // Never that of a view instance of this keep, which may share the pool.
      reuseKey: `http ${reuseKey?.slice(0, maxReuseKeyLength) ?? randomUUID()}`,
      parametersJson: JSON.stringify(parameters),
      ...(dataEndpoint === undefined ? {} : { dataEndpoint }),
      limits,
      broker: new EndpointBroker({
        endpoint: new DataEndpoint(dataEndpoint, this.served.clock),
        tokens: tokensOf(parameters['accessTokensToProfiles']),
        maxBytes: limits.inputBytes,
        signal: gone.signal,
      }),
      signal: gone.signal,
    });
    const { status, content } = outcomeAnswer(outcome);
    reply.status(status).send(content);
  }

  #service(runtime: string | undefined): ExecutionService {
    const { services } = this.served;
    const service = runtime === undefined ? services.values().next().value : services.get(runtime);
    if (!service) throw new DatakeepError('not-found');
    return service;
  }
}

function parametersOf(body: unknown): Readonly<Partial<Record<string, unknown>>> {
  const parameters =
    typeof body === 'object' && body !== null && 'parametersForMainEntry' in body
      ? body.parametersForMainEntry
      : undefined;
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw DatakeepError.invalidAt('/parametersForMainEntry', 'type', 'This must be a JSON object.');
  return parameters as Readonly<Partial<Record<string, unknown>>>;
}

function tokensOf(value: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
