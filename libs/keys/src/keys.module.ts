import { type DynamicModule, Module } from '@nestjs/common';
import { CHALLENGE_KEYS, CURSOR_KEYS, TOKEN_SIGNER } from '@datakeep/contracts';
import { type Clock, CLOCK, type Config, type DataDirPart } from '@datakeep/kernel';
import { JwtTokenSigner } from './token-signer.ts';
import { SigningKeys } from './signing-keys.ts';

/** What keys have in DATA_DIR. */
export const keysPart: DataDirPart = {
  name: 'keys',
  entries: [
    { files: 'keys', names: /^signing-keys\.json$/ },
    { leftOut: /^keys\/signing-keys\.json\.[0-9a-f]+\.tmp$/, because: 'a key file that was not written whole' },
  ],
};

/** Provides the keys of tokens, cursors and challenges to the whole application. */
@Module({})
export class KeysModule {
  static forRoot({ dataDir, signingKey }: Pick<Config, 'dataDir' | 'signingKey'>): DynamicModule {
    return {
      module: KeysModule,
      global: true,
      providers: [
        {
          provide: SigningKeys,
          inject: [CLOCK],
          useFactory: (clock: Clock) => SigningKeys.open({ dataDir, signingKey, clock }),
        },
        { provide: TOKEN_SIGNER, inject: [SigningKeys], useFactory: (keys: SigningKeys) => new JwtTokenSigner(keys) },
        { provide: CURSOR_KEYS, inject: [SigningKeys], useFactory: (keys: SigningKeys) => () => keys.derive('cursor') },
        {
          provide: CHALLENGE_KEYS,
          inject: [SigningKeys],
          useFactory: (keys: SigningKeys) => () => keys.derive('challenge'),
        },
      ],
      exports: [SigningKeys, TOKEN_SIGNER, CURSOR_KEYS, CHALLENGE_KEYS],
    };
  }
}
