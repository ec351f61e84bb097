import { readFileSync } from 'node:fs';
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const page = read('./setup.html');
const styles = read('./setup.css');
const script = read('./setup.js');

/** Where the setup link of a first start leads: a form for `POST /admin/v1/setup`. The token is in the link's fragment, which no browser sends. */
@Controller('setup')
@Public()
export class SetupPageController {
  @Get()
  setupPage(@Res() reply: FastifyReply): void {
    reply.headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).send(page);
  }

  @Get('setup.css')
  setupStyles(@Res() reply: FastifyReply): void {
    reply.header('content-type', 'text/css; charset=utf-8').send(styles);
  }

  @Get('setup.js')
  setupScript(@Res() reply: FastifyReply): void {
    reply.header('content-type', 'text/javascript; charset=utf-8').send(script);
  }
}
