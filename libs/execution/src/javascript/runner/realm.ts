import vm from 'node:vm';
import type { Bridge } from './bridge.ts';
import { defineLate, guardBridge, installCore, type RealmControls } from './realm-core.ts';
import { makeCrypto } from './realm-crypto.ts';
import { makeFetch } from './realm-fetch.ts';
import { makeText } from './realm-text.ts';
import { makeUrl } from './realm-url.ts';

export interface Realm {
  readonly context: vm.Context;
  readonly controls: RealmControls;
}

// All of them are compiled inside each realm from their own source text: every object that view code meets is the
// realm's, so `x.constructor.constructor('return process')()` finds a realm that has no `process`.
const installer = new vm.Script(
  `'use strict'; ((lent) => {
    const bridge = (${String(guardBridge)})(lent);
    const controls = (${String(installCore)})(bridge);
    const late = ${String(defineLate)};
    const url = late(['URL', 'URLSearchParams'], () => (${String(makeUrl)})(bridge));
    const text = late(['TextEncoder', 'TextDecoder', 'structuredClone'], () => (${String(makeText)})(bridge));
    late(['crypto', 'CryptoKey'], () => (${String(makeCrypto)})(bridge));
    late(['fetch', 'Headers', 'Response'], () => (${String(makeFetch)})(bridge, controls.makeError, url(), text()));
    return controls;
  })`,
  { filename: 'datakeep:realm' },
);

/** A fresh realm with the globals of api.md "View code" and nothing of Node. */
export function makeRealm(bridge: Bridge): Realm {
  // Without a contextified object there is no outer prototype behind `globalThis` (and lookups are faster).
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { name: 'view' });
  const install = installer.runInContext(context) as (bridge: Bridge) => RealmControls;
  return { context, controls: install(bridge) };
}
