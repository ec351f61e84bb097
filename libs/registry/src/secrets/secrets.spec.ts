import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { adminId, openRegistry, readPlainToken } from '../testing/registry-bench.ts';
import { makeSecret, readSecretId, secretMatches } from './opaque-secret.ts';

describe('opaque secrets', () => {
  test('tell their kind, carry their id and are checked by their hash', () => {
    const secret = makeSecret('association');
    expect(secret.text).toMatch(/^dk_association_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$/);
    expect(readSecretId('association', secret.text)).toBe(secret.secretId);
    expect(readSecretId('setup', secret.text)).toBeUndefined();
    expect(secretMatches(secret.text, secret.hash)).toBe(true);
    expect(secretMatches(secret.text, makeSecret('association').hash)).toBe(false);
    expect(secretMatches('', undefined)).toBe(false);
  });

  test('that were mistyped are known by their checksum', () => {
    for (let turn = 0; turn < 200; turn += 1) {
      const { text } = makeSecret('setup');
      const at = turn % text.length;
      const typo = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      expect(readSecretId('setup', typo)).toBeUndefined();
    }
  });

  test('never stand in the database file or the log, nor do passwords and session ids', async () => {
    const password = 'canary horse battery staple';
    await using registry = openRegistry();
    const setupToken = (await registry.admins.prepareSetup())!;
    await registry.admins.setUp({ setupToken, name: 'admin', password });
    await registry.admins
      .signIn({ name: 'admin', password: 'canary wrong battery staple', address: '192.0.2.1' })
      .catch(() => undefined);
    const session = await registry.admins.signIn({ name: 'admin', password, address: '192.0.2.1' });
    const app = await registry.apps.create({ name: 'Walks' }, adminId);
    const { associationToken } = await registry.apps.associations.createToken(app.id, {}, adminId);
    const association = await registry.apps.associations.associate({ associationToken, name: 'Walk counter' });
    const renewed = await registry.apps.tokens.renew({
      appId: app.id,
      tokenId: readPlainToken(association.token).tokenId,
    });
    const { associationToken: open } = await registry.apps.associations.createToken(app.id, {}, adminId);
    const sessionId = readPlainToken(session.token).tokenId;
    await registry.callers.admin(readPlainToken(session.token).subject, sessionId);
    await registry.callers.settled();

    const randomPart = (secret: string): string => secret.split('_').slice(3, -1).join('_');
    const canaries = [setupToken, associationToken, open].flatMap((secret) => [secret, randomPart(secret)]);
    canaries.push(password, 'canary wrong battery staple', session.token, sessionId, association.token, renewed.token);
    const files = readdirSync(registry.folder).map((file) =>
      readFileSync(join(registry.folder, file)).toString('latin1'),
    );
    // The scan works: what is no secret is found.
    expect(files.some((content) => content.includes('Walk counter'))).toBe(true);
    for (const canary of canaries)
      for (const content of [...files, ...registry.logLines]) expect(content.includes(canary)).toBe(false);
  });
});
