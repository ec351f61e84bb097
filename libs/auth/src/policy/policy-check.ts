import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { isHandler, policyOf } from './policy.ts';

/** Finds handlers without a policy. AuthModule runs it at the start. */
@Injectable()
export class PolicyCheck {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Throws an `Error` that names every handler of every controller without a policy decorator. */
  assertEveryHandlerHasPolicy(): void {
    const open: string[] = [];
    for (const { metatype } of this.discovery.getControllers()) {
      if (!metatype) continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const method = prototype[name];
        if (isHandler(method) && !policyOf(method)) open.push(`${metatype.name}.${name}`);
      }
    }
    if (open.length > 0)
      throw new Error(`No access policy on ${open.join(', ')}: decorate with @Public(), @ForApps() or @ForAdmin().`);
  }
}

/** The same check on an app that imports AuthModule. */
export function assertEveryHandlerHasPolicy(app: INestApplicationContext): void {
  app.get(PolicyCheck, { strict: false }).assertEveryHandlerHasPolicy();
}
