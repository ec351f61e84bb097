import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, ForApps } from '@datakeep/auth';
import {
  type AppCaller,
  CHANGE_FEED_SERVICE,
  type ChangeFeedService,
  type FollowedChanges,
  type RunCaller,
} from '@datakeep/contracts';
import { changeJson } from '@datakeep/events';
import { accepts } from '../http/accept.ts';
import { singleParameters } from '../http/dto.ts';
import { EventStreams } from '../http/event-streams.ts';
import { sendJson } from '../http/send-json.ts';
import { AlsoAnswers, eventStreamOf, Refuses } from '../openapi/answers.ts';

/** What became of the events that an app may read. */
@ApiTags('events')
@Controller('app/v1/events')
@ForApps({ runs: true })
export class AppChangesController {
  constructor(
    @Inject(CHANGE_FEED_SERVICE) private readonly changeFeed: ChangeFeedService,
    private readonly streams: EventStreams,
  ) {}

  @Get('changes')
  @ApiOperation({
    summary: 'What was created, modified and deleted, in commit order',
    description:
      'From the first event on, or after `since`; of each event its last change only. A page without items, ' +
      'and no other, says that nothing more is there now. With `Accept: text/event-stream` as server-sent ' +
      'events without end, ' +
      'from now on, or after `since` or `Last-Event-ID`: `created`, `modified`, `deleted`, ' +
      'each with the item as data and its place as `id`, and `end` with a problem.',
  })
  @ApiQuery({
    name: 'profile',
    required: false,
    description: 'Without it: every profile that the app may read.',
    schema: { type: 'string' },
  })
  @ApiQuery({
    name: 'since',
    required: false,
    description: '`next` of an earlier answer, or the `place` of an item.',
    schema: { type: 'string' },
  })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 1000, default: 50 } })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @AlsoAnswers(
    200,
    'ChangePage',
    'A page.',
    {},
    eventStreamOf(
      'Server-sent events (WHATWG HTML): `created`, `modified`, `deleted`, each with a change as data and its ' +
        'place as `id`; a comment every 15 s; last `end` with a problem as data.',
    ),
  )
  @Refuses('forbidden', 'invalid', 'changes-gone', 'too-many-streams', 'query-timeout')
  async listChanges(
    @CurrentCaller('app', 'run') caller: AppCaller | RunCaller,
    @Query() query: Record<string, unknown>,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const parameters = singleParameters(query);
    if (accept?.includes('text/event-stream') === true && accepts(accept, 'text/event-stream'))
      return this.streams.send(request, reply, caller.appId, async (signal) =>
        changeTexts(await this.changeFeed.follow(caller, parameters, lastEventId, signal)),
      );
    sendJson(reply, (await this.changeFeed.changes(caller, parameters)).json);
  }
}

/** Each carries the place after it as its id: a client that is cut off gets what it has not got. */
async function* changeTexts(followed: AsyncIterable<FollowedChanges>): AsyncGenerator<string, void, undefined> {
  for await (const { changes, next } of followed)
    yield changes.length === 0
      ? `: beat\nid: ${next}\n\n`
      : changes
          .map((change) => `event: ${change.change}\nid: ${change.place}\ndata: ${changeJson(change)}\n\n`)
          .join('');
}
