import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@datakeep/kernel';

/** Nest's own messages, in our log: what it says at the start is debugging, what goes wrong is not. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown): void {
    this.logger.debug(String(message));
  }

  debug(message: unknown): void {
    this.logger.debug(String(message));
  }

  verbose(): void {}

  warn(message: unknown): void {
    this.logger.warn(String(message));
  }

  error(message: unknown, stack?: unknown): void {
    this.logger.error(String(message), typeof stack === 'string' ? { stack } : {});
  }

  fatal(message: unknown): void {
    this.logger.error(String(message));
  }
}
