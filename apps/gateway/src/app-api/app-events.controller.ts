import { Body, Controller, Delete, Get, Headers, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, ForApps } from '@datakeep/auth';
import { type BulkService, type Caller, type EventService, BULK_SERVICE, EVENT_SERVICE } from '@datakeep/contracts';
import { BulkAnswers } from '../http/bulk-answer.ts';
import { idParameter, parameters, requiredText, singleParameters } from '../http/dto.ts';
import { readPrefer } from '../http/prefer.ts';
import { CountParameter } from '../http/query-dtos.ts';
import { sendEvent, sendJson } from '../http/send-json.ts';
import { AlsoAnswers, Answers, jsonOf, ndjsonOf, Refuses, Takes } from '../openapi/answers.ts';
import { aggregationExample, eventsExample, modifyExample, profileName, queryExample } from '../openapi/examples.ts';

/** Events for apps and runs. Bodies are text here: the event service reads them once. */
@ApiTags('events')
@Controller('app/v1/events')
@ForApps({ runs: true })
export class AppEventsController {
  constructor(
    @Inject(EVENT_SERVICE) private readonly events: EventService,
    @Inject(BULK_SERVICE) private readonly bulk: BulkService,
    private readonly streams: BulkAnswers,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Store events',
    description:
      '1…1,000 events, at most 16 MiB, each at most 4 MiB as JSON; ' +
      'all or none. Safe to repeat with `identifier`s. As `application/x-ndjson`: one event a line, any length; ' +
      'what stands before a bad line is stored, and the answer is streamed.',
  })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`return=minimal` leaves `events` out.',
    schema: { type: 'string' },
  })
  @Takes({
    ...jsonOf('NewEvents', { walks: eventsExample }),
    ...ndjsonOf('NewEvent', 'One event a line.', eventsExample.events),
  })
  @Answers(201, 'Ingest', 'Stored, durably.')
  @AlsoAnswers(
    200,
    'Ingest',
    'All were duplicates. Of a stream: lines of progress, and last the summary or the problem.',
    {},
    ndjsonOf('BulkLine', 'Progress at most once a second, and last the summary or why the stream ended.'),
  )
  @Refuses('forbidden', 'identifier-conflict', 'invalid', 'body-too-large', 'storage-busy')
  async createEvents(
    @CurrentCaller('app', 'run') caller: Caller,
    @Body() body: unknown,
    @Headers('prefer') prefer: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (typeof body === 'object')
      return this.streams.take(request, reply, (stream) => this.bulk.ingest(caller, stream));
    const answer = await this.events.ingest(caller, requiredText(body as string | undefined));
    reply.status(answer.accepted === 0 ? 200 : 201);
    if (prefer !== undefined && readPrefer(prefer).minimal) {
      reply.header('preference-applied', 'return=minimal');
      sendJson(reply, `{"accepted":${answer.accepted},"duplicates":${answer.duplicates}}`);
      return;
    }
    sendJson(reply, JSON.stringify(answer));
  }

  @Get()
  @ApiOperation({
    summary: 'List events of a profile, newest createdDate first',
    description:
      'By `createdDate`, from `from` (inclusive) to `to` (exclusive). For any other choice or order: ' +
      '`POST /app/v1/events/query`.',
  })
  @ApiQuery({ name: 'profile', required: true, schema: { type: 'string', example: profileName } })
  @ApiQuery({
    name: 'from',
    required: false,
    description: 'inclusive',
    schema: { type: 'string', format: 'date-time' },
  })
  @ApiQuery({ name: 'to', required: false, description: 'exclusive', schema: { type: 'string', format: 'date-time' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 1000, default: 50 } })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'count', required: false, schema: { type: 'boolean' } })
  @Answers(200, 'EventList', 'A page.')
  @Refuses('forbidden', 'invalid', 'query-timeout')
  async listEvents(
    @CurrentCaller('app', 'run') caller: Caller,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, (await this.events.list(caller, singleParameters(query))).json);
  }

  @Post('query')
  @ForApps({ runs: true, rate: 'read' })
  @ApiOperation({ summary: 'Query events', description: 'The query language: /docs/query-language' })
  @ApiQuery({ name: 'count', required: false, schema: { type: 'boolean' } })
  @Takes(jsonOf('EventQuery', { walks: queryExample }))
  @Answers(200, 'EventList', 'A page.')
  @Refuses('forbidden', 'invalid', 'query-timeout')
  async queryEvents(
    @CurrentCaller('app', 'run') caller: Caller,
    @Body() body: string | undefined,
    @Query(parameters(CountParameter)) { count }: CountParameter,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, (await this.events.query(caller, requiredText(body), { count: count ?? false })).json);
  }

  @Post('aggregate')
  @ForApps({ runs: true, rate: 'read' })
  @ApiOperation({
    summary: 'Aggregate events of a profile',
    description: 'Counts, sums, averages, extremes, by fields and by time: /docs/query-language',
  })
  @Takes(jsonOf('Aggregation', { days: aggregationExample }))
  @Answers(200, 'Groups', 'The groups.')
  @Refuses('forbidden', 'invalid', 'too-many-groups', 'query-timeout')
  async aggregateEvents(
    @CurrentCaller('app', 'run') caller: Caller,
    @Body() body: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, (await this.events.aggregate(caller, requiredText(body))).json);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an event', description: 'Needs `read` on its profile.' })
  @ApiParam({ name: 'id' })
  @ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string' } })
  @Answers(200, 'Event', 'The event.', { ETag: 'the version, quoted' })
  @AlsoAnswers(304, null, 'If-None-Match names its ETag.', { ETag: 'the version, quoted' })
  @Refuses('forbidden', 'not-found')
  async getEvent(
    @CurrentCaller('app', 'run') caller: Caller,
    @Param('id', idParameter) id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendEvent(reply, await this.events.get(caller, id));
  }

  @Put(':id')
  @ApiOperation({
    summary: "Modify an event's payload",
    description: 'Validated like a new one. Metadata stays, and the version goes up by one.',
  })
  @ApiHeader({
    name: 'If-Match',
    required: true,
    description: "The event's ETag, or `*`.",
    schema: { type: 'string', default: '*' },
  })
  @Takes(jsonOf('EventModification', { walk: modifyExample }))
  @Answers(200, 'Event', 'The event as it is now.', { ETag: 'the new version, quoted' })
  @Refuses('forbidden', 'not-found', 'version-mismatch', 'invalid', 'if-match-required', 'body-too-large')
  async modifyEvent(
    @CurrentCaller('app', 'run') caller: Caller,
    @Param('id', idParameter) id: string,
    @Body() body: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendEvent(reply, await this.events.modify(caller, id, requiredText(body), ifMatch));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete an event', description: 'Frees its identifier.' })
  @ApiHeader({ name: 'If-Match', required: false, schema: { type: 'string' } })
  @Answers(204, null, 'Deleted.')
  @Refuses('forbidden', 'not-found', 'version-mismatch')
  async deleteEvent(
    @CurrentCaller('app', 'run') caller: Caller,
    @Param('id', idParameter) id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.events.remove(caller, id, ifMatch);
  }
}
