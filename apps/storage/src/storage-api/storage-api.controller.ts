import { Body, Controller, Delete, Get, Headers, HttpCode, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  DATA_STORAGE,
  indexActs,
  indexPolicyFrom,
  type DataStorage,
  type IndexAnswer,
  type IndexPolicy,
  type IndexReport,
  type SourceUsage,
  type StorageFigures,
} from '@datakeep/contracts';
import { DatakeepError, isObject } from '@datakeep/kernel';
import {
  batchFromJson,
  changesFromParameters,
  changesToText,
  groupsToText,
  modifierFrom,
  objectAt,
  pageToText,
  restoredFromJson,
  resultsToJson,
} from '@datakeep/transport';
import { aggregationFrom, queryFrom } from './query-bodies.ts';

const json = 'application/json; charset=utf-8';

/** The Data Storage port as `/storage/v1` (docs/api.md). */
@Controller('storage/v1')
export class StorageApiController {
  readonly #storage: DataStorage;

  constructor(@Inject(DATA_STORAGE) storage: DataStorage) {
    this.#storage = storage;
  }

  @Post('events')
  @HttpCode(200)
  async append(@Body() body: unknown): Promise<object> {
    return resultsToJson(await this.#storage.append(batchFromJson(body)));
  }

  @Post('events/restore')
  @HttpCode(200)
  async restore(@Body() body: unknown): Promise<object> {
    return resultsToJson(await this.#storage.restore(restoredFromJson(body)));
  }

  @Post('events/query')
  @HttpCode(200)
  async query(@Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const page = await this.#storage.query(queryFrom(body));
    reply.header('content-type', json).send(pageToText(page));
  }

  @Post('events/aggregate')
  @HttpCode(200)
  async aggregate(@Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const groups = await this.#storage.aggregate(aggregationFrom(body));
    reply.header('content-type', json).send(groupsToText(groups));
  }

  @Get('events/changes')
  async changes(@Query() parameters: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const query = changesFromParameters(parameters);
    const page =
      query.limit === 0
        ? { changes: [], next: await this.#storage.lastChange(), more: false }
        : await this.#storage.changes(query);
    reply.header('content-type', json).send(changesToText(page));
  }

  @Get('events/:id')
  async get(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const event = await this.#storage.get(id);
    if (!event) throw new DatakeepError('not-found');
    sendEvent(reply, event);
  }

  @Put('events/:id')
  async replace(
    @Param('id') id: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { payload, modifiedBy } = isObject(body) ? body : {};
    objectAt(payload, '/payload');
    if (ifMatch === undefined) throw new DatakeepError('if-match-required');
    const by = modifiedBy === undefined ? undefined : modifierFrom(modifiedBy, '/modifiedBy');
    sendEvent(reply, await this.#storage.replace(id, JSON.stringify(payload), versionOf(ifMatch), by));
  }

  @Delete('events/:id')
  @HttpCode(204)
  remove(@Param('id') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.#storage.remove(id, ifMatch === undefined ? undefined : versionOf(ifMatch));
  }

  @Delete('events')
  async removeBySource(@Query('source') source: unknown): Promise<{ removed: number }> {
    return { removed: await this.#storage.removeBySource(sourceFrom(source)) };
  }

  @Get('usage')
  async usage(@Query('source') source: unknown): Promise<SourceUsage> {
    const usage = await this.#storage.usageOf(sourceFrom(source));
    if (usage === undefined) throw new DatakeepError('not-found');
    return usage;
  }

  @Get('indexes')
  indexes(): Promise<IndexAnswer> {
    return this.#storage.indexes();
  }

  @Post('indexes/:id/:act')
  @HttpCode(200)
  decide(@Param('id') id: string, @Param('act') act: string): Promise<IndexReport> {
    const known = indexActs.find((name) => name === act);
    if (known === undefined) throw new DatakeepError('not-found');
    return this.#storage.decide(id, known);
  }

  @Put('index-policy')
  setIndexPolicy(@Body() body: unknown): Promise<IndexPolicy> {
    return this.#storage.setIndexPolicy(indexPolicyFrom(body));
  }

  @Get('health')
  async health(): Promise<StorageFigures & { status: string }> {
    await this.#storage.ping();
    return { status: 'up', ...(await this.#storage.figures()) };
  }
}

function sourceFrom(source: unknown): string {
  if (typeof source === 'string' && source !== '') return source;
  throw DatakeepError.invalidAt('/source', 'required', 'Name the source app.');
}

function sendEvent(
  reply: FastifyReply,
  { version, json: text }: { readonly version: number; readonly json: string },
): void {
  reply.header('etag', `"${version}"`).header('content-type', json).send(text);
}

/** `*` is any version. What is no strong tag of ours matches none. */
function versionOf(ifMatch: string): number | undefined {
  if (ifMatch === '*') return undefined;
  const version = /^"([1-9]\d{0,14})"$/.exec(ifMatch)?.[1];
  if (version === undefined) throw new DatakeepError('version-mismatch');
  return Number(version);
}
