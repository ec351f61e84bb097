import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';
import { Readiness } from '@datakeep/service-host';

@Controller('health')
@Public({ rate: 'none' })
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process runs. */
  @Get('live')
  live(): { status: string } {
    return { status: 'up' };
  }

  /** It takes requests: 200, or 503 with what it waits for. */
  @Get('ready')
  async ready(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ status: string; waitingFor: readonly string[] }> {
    const waitingFor = await this.readiness.waitingFor();
    if (waitingFor.length > 0) reply.status(503).header('retry-after', 1);
    return { status: waitingFor.length === 0 ? 'up' : 'down', waitingFor };
  }
}
