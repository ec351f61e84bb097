import type { AuditEntry } from '@datakeep/contracts';
import { tookPlace, type Collection, type Where } from '@datakeep/documents';
import { DatakeepError } from '@datakeep/kernel';

import { adminDefinition, type AdminRecord } from '../records/admin-records.ts';
import { PasswordHasher } from './password-hasher.ts';
import type { AdminsOptions } from './admins-options.ts';

export type PasswordsOptions = Pick<AdminsOptions, 'documents' | 'audit' | 'hashCost'>;

/** Legal lengths of a password in code points, with and without a second factor. */
export const passwordLength = { min: 15, max: 256 } as const;

/** Throws 422 at `pointer` unless the password has a legal length. */
export function checkPassword(password: string, pointer = '/password'): string {
  const length = typeof password === 'string' ? Array.from(password).length : 0;
  if (length < passwordLength.min || length > passwordLength.max)
    throw DatakeepError.invalidAt(
      pointer,
      'range',
      `A password of ${passwordLength.min} to ${passwordLength.max} characters is expected.`,
    );
  return password;
}

/** Passwords of admins, stored hashed. A new one ends every session by one step of the admin's `sessionGeneration`. */
export class Passwords {
  readonly #admins: Collection<AdminRecord>;
  readonly hasher: PasswordHasher;

  constructor(private readonly options: PasswordsOptions) {
    this.#admins = options.documents.collection(adminDefinition);
    this.hasher = new PasswordHasher(options.hashCost);
  }

  /** False where the password was changed meanwhile. */
  async replace(admin: AdminRecord, password: string, entry: Pick<AuditEntry, 'action' | 'actor'>): Promise<boolean> {
    return this.#replace(admin, { set: await this.#newPassword(admin, password) }, entry);
  }

  async #newPassword(admin: AdminRecord, password: string) {
    return { password: await this.hasher.hash(password), sessionGeneration: (admin.sessionGeneration ?? 0) + 1 };
  }

  #replace(
    admin: AdminRecord,
    change: Parameters<Collection<AdminRecord>['update']>[1],
    entry: Pick<AuditEntry, 'action' | 'actor'>,
    onlyIf: Where<AdminRecord> = {},
  ): Promise<boolean> {
    const update = this.#admins.update(admin.id, change, { password: admin.password, ...onlyIf });
    return tookPlace(this.options.audit.commit([update], { ...entry, subject: { kind: 'admin', id: admin.id } }));
  }

  /**
   * For a user of the keep's host: a new password without the one before, and neither a second factor nor passkeys any
   * more. `not-found` while there is no admin.
   */
  async reset(password: string): Promise<{ readonly name: string }> {
    checkPassword(password);
    for (;;) {
      const admin = await this.#admins.findOne({ founder: 1 });
      if (!admin) throw new DatakeepError('not-found', 'There is no admin yet: start the keep and set it up.');
      const entry = { action: 'admin.password-reset', actor: { kind: 'keep', id: 'host' } } as const;
      const { factorRevision, passkeyRevision } = admin;
      const set = {
        ...(await this.#newPassword(admin, password)),
        factorRevision: (factorRevision ?? 0) + 1,
        passkeyRevision: (passkeyRevision ?? 0) + 1,
      };
      const change = { set, unset: ['secondFactor', 'passkeys'] } as const;
      const asRead = { factorRevision: factorRevision ?? null, passkeyRevision: passkeyRevision ?? null };
      if (await this.#replace(admin, change, entry, asRead)) return { name: admin.name };
    }
  }
}
