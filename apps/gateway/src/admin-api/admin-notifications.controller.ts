import { Controller, Get, Headers, Inject, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import type { AdminCaller } from '@datakeep/contracts';
import { type Clock, DatakeepError, CLOCK } from '@datakeep/kernel';
import { AuditLog, type AuditRecord, type FollowedAudit, followAudit } from '@datakeep/registry';
import { EventStreams } from '../http/event-streams.ts';
import { AlsoAnswers, eventStreamOf, Refuses } from '../openapi/answers.ts';

/** What changed for the owner, as it is recorded in the audit log: kinds and ids, nothing else. */
@ApiTags('system')
@Controller('admin/v1')
@ForAdmin()
export class AdminNotificationsController {
  constructor(
    private readonly log: AuditLog,
    private readonly streams: EventStreams,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('notifications')
  @ApiOperation({
    summary: 'What changes, as it happens',
    description:
      'Server-sent events without end, from now on, or after `Last-Event-ID`. Each is named after the kind of ' +
      'what changed ' +
      '(`permission`, `app`, `run`, …); its data is `{ "kind", "id", "action" }`. `end` carries a problem.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, schema: { type: 'string' } })
  @AlsoAnswers(
    200,
    null,
    'One notification after the other.',
    {},
    eventStreamOf(
      '`permission`, `app`, `run` …, each with `{ "kind", "id", "action" }` as data; a comment every 15 s.',
    ),
  )
  @Refuses('bad-request', 'too-many-streams')
  followNotifications(
    @CurrentCaller('admin') caller: AdminCaller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (lastEventId !== undefined && !/^\d{1,15}$/.test(lastEventId))
      throw new DatakeepError('bad-request', 'Last-Event-ID is the id of an earlier notification.');
    const after = lastEventId === undefined ? undefined : Number(lastEventId);
    return this.streams.send(request, reply, caller.adminId, async (signal) =>
      noticeTexts(followAudit(this.log, this.clock, after, signal)),
    );
  }
}

async function* noticeTexts(followed: AsyncIterable<FollowedAudit>): AsyncGenerator<string, void, undefined> {
  for await (const { records, sequence } of followed)
    yield records.length === 0 ? `: heartbeat\nid: ${sequence}\n\n` : records.map(noticeText).join('');
}

function noticeText({ sequence, action, subject }: AuditRecord): string {
  const { kind, id } = subject;
  return `event: ${kind}\nid: ${sequence}\ndata: ${JSON.stringify({ kind, id, action })}\n\n`;
}
