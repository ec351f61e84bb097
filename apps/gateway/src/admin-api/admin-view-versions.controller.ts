import { Controller, Get, Inject, Param, type PipeTransform, Post, Query, Req } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentCaller, ForAdmin } from '@datakeep/auth';
import {
  type AdminCaller,
  type CursorSealer,
  type ViewManager,
  type ViewTemplateVersion,
  CURSORS,
  VIEW_MANAGER,
} from '@datakeep/contracts';
import { DatakeepError } from '@datakeep/kernel';
import { idParameter, parameters } from '../http/dto.ts';
import { answerList, type ListAnswer } from '../http/list-answer.ts';
import { ListParameters } from '../http/query-dtos.ts';
import { Answers, jsonOf, Refuses, Takes, uploadOf } from '../openapi/answers.ts';
import type { ShownTemplateVersion } from '../openapi/documented.ts';
import { viewTemplateVersionExample } from '../openapi/examples.ts';
import { CreateViewTemplateVersion } from './admin-views.dto.ts';
import { readTemplate } from './template-upload.ts';

/** Of a path: 1, 2 …; any other names no version. */
const versionParameter: PipeTransform<string, number> = {
  transform: (text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new DatakeepError('not-found');
    return Number(text);
  },
};

@ApiTags('views')
@ApiExtraModels(CreateViewTemplateVersion)
@Controller('admin/v1/view-templates/:id/versions')
@ForAdmin()
export class AdminViewVersionsController {
  constructor(
    @Inject(VIEW_MANAGER) private readonly views: ViewManager,
    @Inject(CURSORS) private readonly cursors: CursorSealer,
  ) {}

  @Post()
  @ForAdmin({ recent: true })
  @ApiOperation({
    summary: 'Make the next version of a view template',
    description:
      'What is left out stays as it is. New instances take it. The others move to it at once where it needs no ' +
      'right beyond those of their present version; else it is asked for in their name, ' +
      'and they move at the first run after all of it was approved. As multipart: as for a template.',
  })
  @Takes({
    ...jsonOf('CreateViewTemplateVersion', { distance: viewTemplateVersionExample }),
    ...uploadOf('ViewTemplateVersionUpload'),
  })
  @Answers(201, 'ViewTemplateVersion', 'Made.')
  @Refuses('confirmation-needed', 'not-found', 'invalid', 'body-too-large', 'execution-service-unreachable')
  async createViewTemplateVersion(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Req() request: FastifyRequest,
  ): Promise<ViewTemplateVersion> {
    const version = await readTemplate(CreateViewTemplateVersion, request);
    return this.views.createTemplateVersion(id, version, caller.adminId);
  }

  @Get()
  @ApiOperation({
    summary: 'List the versions of a view template',
    description: 'A former one goes when no instance and no unfinished run has been on it for a minute.',
  })
  @Answers(200, 'ViewTemplateVersionList', 'A page, newest first; without source.')
  @Refuses('not-found')
  listViewTemplateVersions(
    @CurrentCaller('admin') caller: AdminCaller,
    @Param('id', idParameter) id: string,
    @Query(parameters(ListParameters)) query: ListParameters,
  ): Promise<ListAnswer<ViewTemplateVersion>> {
    return answerList(this.cursors, `admin/view-templates/${id}/versions`, caller.adminId, query, (paging) =>
      this.views.listTemplateVersions(id, paging),
    );
  }

  @Get(':version')
  @ApiOperation({
    summary: 'Read a version of a view template with its source',
    description: 'The source is fetched from the execution service.',
  })
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } })
  @Answers(200, 'ViewTemplateVersion', 'The version.')
  @Refuses('not-found', 'execution-service-unreachable')
  async getViewTemplateVersion(
    @Param('id', idParameter) id: string,
    @Param('version', versionParameter) version: number,
  ): Promise<ShownTemplateVersion> {
    const found = await this.views.getTemplateVersion(id, version);
    return { ...found, files: await this.views.getTemplateSource(id, version) };
  }
}
