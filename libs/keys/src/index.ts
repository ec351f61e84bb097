export { keysPart, KeysModule } from './keys.module.ts';
export { type SigningKey, SigningKeys, type KeysState } from './signing-keys.ts';
export { JwtTokenSigner } from './token-signer.ts';
export { issuer, tokenKinds, type TokenClaims } from './token-kinds.ts';
