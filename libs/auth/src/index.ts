export * from './auth.module.ts';
export { keysPart, KeysModule } from './keys.module.ts';
export { SigningKeys, type KeysState } from './keys/signing-keys.ts';
export { ForAdmin, ForApps, Public, type Policy } from './policy/policy.ts';
export { CurrentCaller } from './policy/current-caller.ts';
export { TokenRevalidator } from './policy/token-revalidator.ts';
export { AccessControl, rateOf, subjectOf } from './policy/access-control.ts';
