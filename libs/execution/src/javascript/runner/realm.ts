import vm from 'node:vm';
import type { Bridge } from './bridge.ts';
import { guardBridge, installCore, type RealmControls } from './realm-core.ts';
import { installCrypto } from './realm-crypto.ts';
import { installFetch } from './realm-fetch.ts';
import { installText } from './realm-text.ts';
import { installUrl } from './realm-url.ts';

export interface Realm {
  readonly context: vm.Context;
  readonly controls: RealmControls;
}

// The installers are compiled inside each realm from their own source text: every object that view code meets is the
// realm's, so `x.constructor.constructor('return process')()` finds a realm that has no `process`.
const installers = new vm.Script(
  `'use strict'; ((lent) => { const bridge = (${String(guardBridge)})(lent); const controls = (${String(installCore)})(bridge); for (const install of [${[installUrl, installText, installCrypto].map(String).join(', ')}]) install(bridge); (${String(installFetch)})(bridge, controls.makeError); return controls; })`,
  { filename: 'datakeep:realm' },
);

/** A fresh realm with the globals of api.md "View code" and nothing of Node. */
export function makeRealm(bridge: Bridge): Realm {
  // Without a contextified object there is no outer prototype behind `globalThis` (and lookups are faster).
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { name: 'view' });
  const install = installers.runInContext(context) as (bridge: Bridge) => RealmControls;
  return { context, controls: install(bridge) };
}
