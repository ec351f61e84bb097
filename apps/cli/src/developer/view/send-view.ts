import type { SourceFile } from '@datakeep/contracts';
import { KeepError } from '../../../../../clients/typescript/src/index.ts';
import type { AdminSession } from '../admin-session.ts';
import { namedPlace } from './check-source.ts';

/** Sends a view; a refusal names its files by their paths. */
export async function sendView<Answer>(
  session: AdminSession,
  path: string,
  body: { readonly files: readonly SourceFile[] },
): Promise<Answer> {
  try {
    return await session.ask<Answer>('POST', path, body);
  } catch (error) {
    if (!(error instanceof KeepError)) throw error;
    const { code, status, title, detail, requestId: instance } = error;
    const errors = error.errors.map((place) =>
      Object.assign({}, place, { pointer: namedPlace(place.pointer, body.files) }),
    );
    throw new KeepError({ type: 'about:blank', code, status, title, detail, instance, errors });
  }
}
