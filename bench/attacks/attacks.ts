/**
 * The attacks on the keep, by an app that was associated and has the rights that it requested, or by a peer without a
 * token. Each attack runs in a separate process until that is killed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminClient, AppClient, Json } from '../../test/support/keep-client.ts';
import { keepOpen, pour, request } from './connections.ts';

export interface Attack {
  /** As the changelog names the hole. */
  readonly name: string;
  readonly what: string;
  /** Stores what the attack needs, before anything is measured. */
  prepare?(attacker: AppClient): Promise<void>;
  /** Lasts until its process is killed; its output is shown. */
  run(attacker: AppClient): Promise<unknown>;
  /** Afterwards: throws where the attack left something behind. */
  check?(attacker: AppClient, admin: AdminClient): Promise<void>;
}

export const profile = 'attack.example/anything';
const mib = 1024 * 1024;

const ones = (count: number): string => `[${'1,'.repeat(count - 1)}1]`;
const eventOf = (name: string, payload: string): string =>
  `{"events":[{"metadata":{"profile":"${name}"},"payload":${payload}}]}`;

const deepEvent = eventOf(profile, `${'{"a":'.repeat(60)}${ones(500_000)}${'}'.repeat(60)}`);
const deepPath = `payload${'.a'.repeat(60)}`;
const deepQuery = { profile, filter: { or: Array.from({ length: 40 }, (_, n) => ({ [deepPath]: n + 2 })) } };
/** No index helps it, and no event matches. */
const scan = { profile, filter: { or: [{ 'payload.note': { contains: 'zz' } }, { 'payload.n': { lt: 0 } }] } };

/** Sends the same over and over, `atOnce` at a time; answers do not matter, refusals slow it down a little. */
function repeat(atOnce: number, send: () => Promise<{ status: number }>): Promise<unknown> {
  const one = async (): Promise<never> => {
    for (;;) {
      const status = await send().then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 0 || status === 429) await delay(50);
    }
  };
  return Promise.all(Array.from({ length: atOnce }, one));
}

/** Registers a schema of array elements with as many alternatives as the keep takes; 1 is the last of them. */
async function costliest(
  attacker: AppClient,
  kind: string,
  items: (numbers: readonly number[]) => Json,
): Promise<string> {
  for (let count = 9001; ; count = Math.floor(count / 2)) {
    const name = `attack.example/${kind}-${count}`;
    const numbers = Array.from({ length: count }, (_, n) => count - n);
    const schema = { type: 'object', properties: { a: { type: 'array', items: items(numbers) } } };
    const { status } = await attacker.send('POST', '/app/v1/profiles', { body: { name, schema } });
    if (status < 400) {
      console.log(`  ${kind}: ${count} alternatives were registered`);
      return name;
    }
  }
}

/** 120 bodies of which the last part never comes. */
function pourBodies(url: string, token: string | undefined): Promise<unknown> {
  const piece = 'x'.repeat(64 * 1024);
  return keepOpen(url, 120, async (socket) => {
    socket.resume().write(request('/app/v1/events', token, 16 * mib));
    await pour(socket, piece, 16 * mib - piece.length);
  });
}

export const attacks: readonly Attack[] = [
  {
    name: 'none',
    what: 'what the machine itself costs',
    run: () => delay(2 ** 31 - 1),
  },
  {
    name: 'S-2',
    what: '120 bodies of 16 MiB without a token',
    run: ({ url }) => pourBodies(url, undefined),
  },
  {
    name: 'S-2b',
    what: '120 bodies of 16 MiB of one app',
    run: ({ url, token }) => pourBodies(url, token),
  },
  {
    name: 'S-3',
    what: 'the costliest schemas, events of 3.8 MB',
    async run(attacker) {
      const names = [
        await costliest(attacker, 'enum', (numbers) => ({ enum: numbers })),
        await costliest(attacker, 'any-of', (numbers) => ({ anyOf: numbers.map((n) => ({ const: n })) })),
      ];
      const bodies = names.map((name) => eventOf(name, `{"a":${ones(1_900_000)}}`));
      let next = 0;
      return repeat(2, () => attacker.send('POST', '/app/v1/events', { body: bodies[next++ % bodies.length] }));
    },
  },
  {
    name: 'S-4',
    what: 'queries that take long within one event',
    async prepare(attacker) {
      await attacker.ask('POST', '/app/v1/events', { body: deepEvent });
    },
    run: (attacker) => repeat(9, () => attacker.send('POST', '/app/v1/events/query', { body: deepQuery })),
  },
  {
    name: 'S-4b',
    what: '8 scans at once of 100,000 events',
    async prepare(attacker) {
      for (let batch = 0; batch < 100; batch += 1) {
        const events = Array.from({ length: 1000 }, (_, n) => ({
          metadata: { profile },
          payload: { n: batch * 1000 + n, note: `note ${n}` },
        }));
        await attacker.sendEvents(events, true);
      }
    },
    run: (attacker) => repeat(8, () => attacker.send('POST', '/app/v1/events/query', { body: scan })),
  },
  {
    name: 'S-5',
    what: 'an app that renews its token and asks for rights',
    async run(attacker) {
      const body = { profile, rights: ['delete'], message: 'Please' };
      await Promise.all([
        repeat(4, () => attacker.send('POST', '/app/v1/token')),
        repeat(4, () => attacker.send('POST', '/app/v1/permissions', { body })),
      ]);
    },
    async check(attacker, admin) {
      await admin.ask('POST', `/admin/v1/apps/${attacker.appId}/token/revoke`);
      const { status } = await attacker.send('GET', '/app/v1/me');
      if (status !== 401) throw new Error(`the revoked token is answered ${status}`);
      await admin.deleteApp(attacker.appId, true);
    },
  },
  {
    name: 'S-6',
    what: '216 pages of 8 MiB that nobody reads',
    async prepare(attacker) {
      const event = { metadata: { profile }, payload: { text: 'x'.repeat(800_000) } };
      for (let batch = 0; batch < 5; batch += 1)
        await attacker.sendEvents(
          Array.from({ length: 4 }, () => event),
          true,
        );
    },
    run({ url, token }) {
      const body = JSON.stringify({ profile });
      return keepOpen(url, 216, (socket) => {
        socket.write(request('/app/v1/events/query', token, body.length, body));
      });
    },
  },
  {
    name: 'S-15',
    what: '1,000 silent connections of one address',
    run: ({ url }) => keepOpen(url, 1000, () => {}),
  },
];
