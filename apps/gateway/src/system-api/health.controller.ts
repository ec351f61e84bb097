import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '@datakeep/auth';
import { Readiness, type ReadinessReport } from '@datakeep/service-host';

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
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (report.status === 'down') reply.status(503).header('retry-after', 1);
    return report;
  }
}
