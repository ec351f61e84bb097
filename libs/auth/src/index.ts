export * from './auth.module.ts';
export { ForAdmin, ForApps, Public, type Policy } from './policy/policy.ts';
export { CurrentCaller } from './policy/current-caller.ts';
export { TokenRevalidator } from './policy/token-revalidator.ts';
export { AccessControl, rateOf, subjectOf } from './policy/access-control.ts';
