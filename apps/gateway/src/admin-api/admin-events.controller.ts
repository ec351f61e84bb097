import { Body, Controller, Delete, Get, Headers, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import { type AdminCaller, type EventService, EVENT_SERVICE } from '@datakeep/contracts';
import { idParameter, parameters, requiredText } from '../http/dto.ts';
import { sendEvent, sendJson } from '../http/send-json.ts';
import { AlsoAnswers, Answers, jsonOf, Refuses, Takes } from '../openapi/answers.ts';
import { aggregationExample, modifyExample, queryExample } from '../openapi/examples.ts';
import { AdminQueryParameters } from './admin-events.dto.ts';
import { EventActs } from './event-acts.ts';

/** As for apps, over every profile. */
@ApiTags('events')
@Controller('admin/v1/events')
@ForAdmin()
export class AdminEventsController {
  constructor(
    @Inject(EVENT_SERVICE) private readonly events: EventService,
    private readonly acts: EventActs,
  ) {}

  @Post('query')
  @ForAdmin({ rate: 'read' })
  @ApiOperation({ summary: 'Query events of any profile', description: 'The query language: /docs/query-language' })
  @ApiQuery({ name: 'count', required: false, schema: { type: 'boolean' } })
  @ApiQuery({
    name: 'explain',
    required: false,
    schema: { type: 'boolean' },
    description: 'Adds how the query ran and which index served it.',
  })
  @Takes(jsonOf('EventQuery', { walks: queryExample }))
  @Answers(200, 'ExplainedEventList', 'A page.')
  @Refuses('invalid', 'query-timeout')
  async queryEvents(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body() body: string | undefined,
    @Query(parameters(AdminQueryParameters)) { count, explain }: AdminQueryParameters,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const options = { count: count ?? false, explain: explain ?? false };
    const { json, items, profile } = await this.events.query(caller, requiredText(body), options);
    await this.acts.looked(caller, 'events.queried', profile, { events: items });
    sendJson(reply, json);
  }

  @Post('aggregate')
  @ForAdmin({ rate: 'read' })
  @ApiOperation({
    summary: 'Aggregate events of any profile',
    description: 'Counts, sums, averages, extremes, by fields and by time: /docs/query-language',
  })
  @Takes(jsonOf('Aggregation', { days: aggregationExample }))
  @Answers(200, 'Groups', 'The groups.')
  @Refuses('invalid', 'too-many-groups', 'query-timeout')
  async aggregateEvents(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body() body: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { json, items, profile } = await this.events.aggregate(caller, requiredText(body));
    await this.acts.looked(caller, 'events.aggregated', profile, { groups: items });
    sendJson(reply, json);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an event', description: 'Of any profile.' })
  @ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string' } })
  @Answers(200, 'Event', 'The event.', { ETag: 'the version, quoted' })
  @AlsoAnswers(304, null, 'If-None-Match names its ETag.', { ETag: 'the version, quoted' })
  @Refuses('not-found')
  async getEvent(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const event = await this.events.get(caller, id);
    await this.acts.looked(caller, 'events.read', event.profile, { event: id });
    sendEvent(reply, event);
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
  @Refuses('not-found', 'version-mismatch', 'invalid', 'if-match-required', 'body-too-large')
  async modifyEvent(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Body() body: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const event = await this.events.modify(caller, id, requiredText(body), ifMatch);
    await this.acts.changed(caller, 'event.modified', id, { profile: event.profile, version: event.version });
    sendEvent(reply, event);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete an event', description: 'Frees its identifier.' })
  @ApiHeader({ name: 'If-Match', required: false, schema: { type: 'string' } })
  @Answers(204, null, 'Deleted.')
  @Refuses('not-found', 'version-mismatch')
  async deleteEvent(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    const { profile } = await this.events.remove(caller, id, ifMatch);
    await this.acts.changed(caller, 'event.deleted', id, { profile });
  }
}
