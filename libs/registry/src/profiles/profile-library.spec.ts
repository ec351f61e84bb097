import { describe, expect, test } from 'vitest';

import { adminId, knownApp, openRegistry, otherApp } from '../testing/registry-bench.ts';
import { profileLibrary } from './profile-library.ts';

interface Shown {
  readonly $id: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, object>>;
  readonly examples: readonly unknown[];
  readonly 'x-takenFrom': readonly { readonly title: string; readonly url: string }[];
}

const library = [...profileLibrary().values()];

describe('the profile library', () => {
  test.each(library.map(({ name, schema }) => [name, schema as unknown as Shown] as const))(
    '%s is legal for the keep, takes its example, and says what its members mean and where they come from',
    async (name, schema) => {
      await using registry = openRegistry();
      const { created } = await registry.profiles.register(name, undefined, knownApp);
      expect(created).toBe(true);
      const profile = (await registry.profiles.find(name))!;
      expect(schema.examples).not.toHaveLength(0);
      for (const example of schema.examples) expect(profile.validate(example)).toBeUndefined();
      expect(profile.validate({})).toBeDefined();
      expect(schema.$id).toBe(`urn:datakeep:${name.replace('/', ':')}`);
      expect(schema['x-takenFrom']).not.toHaveLength(0);
      const members = Object.entries(schema.properties).filter(([, shown]) => !('const' in shown));
      for (const [member, shown] of members) expect(shown, member).toHaveProperty('description');
    },
  );

  test('makes one profile of what two apps and the admin register, by name or with the same schema', async () => {
    await using registry = openRegistry();
    const { schema } = profileLibrary().get('library/note')!;
    const first = await registry.profiles.register('library/note', undefined, knownApp);
    expect(first).toMatchObject({ created: true, profile: { name: 'library/note', schema } });
    expect(await registry.profiles.register('library/note', schema, otherApp)).toMatchObject({ created: false });
    expect(await registry.profiles.registerByAdmin('library/note', undefined, adminId)).toMatchObject({
      created: false,
    });
    expect((await registry.profiles.list({ limit: 10 })).items).toHaveLength(1);
  });

  test('refuses another schema by one of its names for everyone, and names that it has not', async () => {
    await using registry = openRegistry();
    const other = { type: 'object' };
    const differs = { code: 'profile-differs' };
    await expect(registry.profiles.register('library/note', other, knownApp)).rejects.toMatchObject(differs);
    await expect(registry.profiles.registerByAdmin('library/note', other, adminId)).rejects.toMatchObject(differs);
    await expect(registry.profiles.restore('library/note', other, adminId)).rejects.toMatchObject(differs);
    const reserved = { errors: [{ pointer: '/name', code: 'format' }] };
    await expect(registry.profiles.register('library/notes', other, knownApp)).rejects.toMatchObject(reserved);
    expect((await registry.profiles.list({ limit: 10 })).items).toEqual([]);
  });

  test('takes from an export the profile of a later library', async () => {
    await using registry = openRegistry();
    expect(await registry.profiles.restore('library/of-tomorrow', { type: 'object' }, adminId)).toMatchObject({
      created: true,
    });
  });

  test('asks for the schema of any other profile', async () => {
    await using registry = openRegistry();
    await expect(registry.profiles.register('diary/note', undefined, knownApp)).rejects.toMatchObject({
      errors: [{ pointer: '/schema', code: 'required' }],
    });
  });
});
