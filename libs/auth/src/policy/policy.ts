import { PATH_METADATA } from '@nestjs/common/constants.js';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { RateClass } from '../rate/rate-limiter.ts';

/**
 * The callers that a handler admits, and the limit that counts the call. Without `rate`: GET and HEAD are reads, all
 * else writes.
 */
export type Policy =
  | { readonly who: 'public'; readonly rate?: RateClass | 'none' }
  | { readonly who: 'apps'; readonly runs: boolean; readonly rate?: RateClass }
  | { readonly who: 'admin'; readonly recent: boolean; readonly rate?: RateClass };

const policyKey = 'datakeep:policy';

type PolicyDecorator = ClassDecorator & MethodDecorator;

/** Anyone; counted per address. `rate: 'none'` is for health checks only. */
export function Public({ rate }: { rate?: RateClass | 'none' } = {}): PolicyDecorator {
  return decorate({ who: 'public', ...(rate ? { rate } : {}) }, []);
}

/** Apps by an app token; with `runs` also a running view by a run token. Counted per app. */
export function ForApps({ runs = false, rate }: { runs?: boolean; rate?: RateClass } = {}): PolicyDecorator {
  return decorate({ who: 'apps', runs, ...(rate ? { rate } : {}) }, runs ? ['app', 'run'] : ['app']);
}

/**
 * The admin by a session's token. `recent`: only where the session was begun or confirmed within the last five minutes,
 * else 403 `confirmation-needed`.
 */
export function ForAdmin({ recent = false, rate }: { recent?: boolean; rate?: RateClass } = {}): PolicyDecorator {
  return decorate({ who: 'admin', recent, ...(rate ? { rate } : {}) }, ['admin']);
}

/** The policy of a handler, if it has one. */
export function policyOf(handler: object): Policy | undefined {
  return Reflect.getOwnMetadata(policyKey, handler) as Policy | undefined;
}

/**
 * On a class: for each handler of the class itself without a policy. So every handler has its policy as metadata, and
 * the documents show the one in force. Two on one handler throw. Handlers inherited from another class are not
 * decorated: they need their own.
 */
function decorate(policy: Policy, tokens: readonly string[]): PolicyDecorator {
  const onHandler = (prototype: object, name: string | symbol, descriptor: PropertyDescriptor): void => {
    if (policyOf(descriptor.value as object))
      throw new Error(`${prototype.constructor.name}.${String(name)} has two access policies.`);
    Reflect.defineMetadata(policyKey, policy, descriptor.value as object);
    // The route carries the same policy, so that it is applied before the body is read.
    RouteConfig({ policy })(prototype, name, descriptor);
    // Made anew for each handler: @nestjs/swagger's security decorator gathers what it was applied to before.
    for (const token of tokens) ApiBearerAuth(token)(prototype, name, descriptor);
  };
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (name !== undefined && descriptor) {
      onHandler(target, name, descriptor);
      return;
    }
    const prototype = (target as { prototype: object }).prototype;
    for (const [method, own] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (isHandler(own.value) && !policyOf(own.value)) onHandler(prototype, method, own);
  };
}

/** Metadata key under which @nestjs/microservices marks a message handler (its PATTERN_METADATA). */
const messagePattern = 'microservices:pattern';

/** Whether Nest calls this method from outside: a route or a message handler. */
export function isHandler(value: unknown): value is object {
  return (
    typeof value === 'function' &&
    (Reflect.hasMetadata(PATH_METADATA, value) || Reflect.hasMetadata(messagePattern, value))
  );
}
