import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import { type AdminCaller, type BulkService, BULK_SERVICE } from '@datakeep/contracts';
import { BulkAnswers } from '../http/bulk-answer.ts';
import { AlsoAnswers, jsonOf, ndjsonOf, Refuses, Takes } from '../openapi/answers.ts';
import { importExample, profileName } from '../openapi/examples.ts';
import { EventActs } from './event-acts.ts';

/** Everything out, and in again. */
@ApiTags('events')
@Controller('admin/v1/events')
@ForAdmin()
export class AdminBulkController {
  constructor(
    @Inject(BULK_SERVICE) private readonly bulk: BulkService,
    private readonly streams: BulkAnswers,
    private readonly acts: EventActs,
  ) {}

  @Post('import')
  @ApiOperation({
    summary: 'Restore what an export wrote',
    description:
      'One profile or event a line, as `export` writes them. Ids, sources, dates and versions stay. ' +
      'Safe to repeat: what is there already counts as a duplicate.',
  })
  @Takes(ndjsonOf('ImportLine', 'Lines of an export.', importExample))
  @AlsoAnswers(
    200,
    null,
    'Lines of progress, and last the summary or the problem.',
    {},
    ndjsonOf('BulkLine', 'Progress at most once a second, and last the summary or why the stream ended.'),
  )
  @Refuses(
    'unsupported-media-type',
    'invalid',
    'identifier-conflict',
    'profile-differs',
    'body-too-large',
    'body-too-slow',
  )
  importEvents(
    @CurrentCaller('admin') caller: AdminCaller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.take(request, reply, (stream) =>
      this.acts.imported(caller, stream, (noted) => this.bulk.import(caller.adminId, noted)),
    );
  }

  @Post('export')
  @ForAdmin({ rate: 'read', recent: true })
  @ApiOperation({
    summary: 'Export events with their profiles',
    description:
      'Profiles by name, each with its events by createdDate and id. Without a body: everything. ' +
      'An event that changes meanwhile comes as it was or as it is.',
  })
  @Takes(jsonOf('ExportRequest', { walks: { profile: profileName } }), { optional: true })
  @AlsoAnswers(
    200,
    null,
    'Everything that was asked for.',
    {},
    ndjsonOf('ExportLine', 'One profile or event a line; the last line is the summary.'),
  )
  @Refuses('confirmation-needed', 'invalid')
  async exportEvents(
    @CurrentCaller('admin') caller: AdminCaller,
    @Body() body: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    reply.status(200);
    this.streams.give(request, reply, this.acts.exported(caller, await this.bulk.export(body)));
  }
}
