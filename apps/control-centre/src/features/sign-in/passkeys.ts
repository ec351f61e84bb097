import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { session } from '../../api/session.ts';
import type {
  AddPasskeyData,
  BeginPasskeyData,
  BeginPasskeySignInData,
  ConfirmSessionData,
  GetPasskeyPlaceData,
  ListPasskeysData,
  Passkey,
  PasskeyPlace,
  Passkeys,
  RemovePasskeyData,
  RenamePasskeyData,
  Session,
  SignInWithPasskeyData,
} from '../../api/operations.ts';

const passkeysKey = ['passkeys'];

/** Before there is a session. */
export function usePasskeyPlace() {
  return useQuery({
    queryKey: ['passkey-place'],
    queryFn: ({ signal }) => call<GetPasskeyPlaceData, PasskeyPlace>('GET', '/admin/v1/session/passkey', { signal }),
    enabled: true,
    staleTime: Infinity,
  });
}

/** The browser's answer to the challenge of a sign-in. */
async function signedChallenge(): Promise<Record<string, unknown>> {
  const options = await call<BeginPasskeySignInData, unknown>('POST', '/admin/v1/session/passkey/options', {});
  return { ...(await startAuthentication({ optionsJSON: options as PublicKeyCredentialRequestOptionsJSON })) };
}

/** Asks the browser for a passkey, and begins a session. */
export function usePasskeySignIn() {
  return useMutation({
    mutationFn: async () =>
      call<SignInWithPasskeyData, Session>('POST', '/admin/v1/session/passkey', {
        body: { credential: await signedChallenge() },
      }),
    onSuccess: ({ token }) => session.begin(token),
  });
}

/** Asks the browser for a passkey, as a proof that the owner is there. */
export function usePasskeyConfirmation() {
  return useMutation({
    mutationFn: async () =>
      call<ConfirmSessionData, void>('POST', '/admin/v1/session/confirm', {
        body: { credential: await signedChallenge() },
      }),
  });
}

export function usePasskeys() {
  return useQuery({
    queryKey: passkeysKey,
    queryFn: ({ signal }) => call<ListPasskeysData, Passkeys>('GET', '/admin/v1/passkeys', { signal }),
  });
}

function usePasskeyAct<Given, Answer>(act: (given: Given) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: act, onSettled: () => client.invalidateQueries({ queryKey: passkeysKey }) });
}

export interface Proof {
  readonly password: string;
  readonly code?: string;
}

/** Has the browser make a passkey, and adds it. */
export function useAddPasskey() {
  return usePasskeyAct(async ({ name, ...proof }: Proof & { readonly name: string }) => {
    const options = await call<BeginPasskeyData, unknown>('POST', '/admin/v1/passkeys/options', { body: proof });
    const credential = await startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON });
    return call<AddPasskeyData, Passkey>('POST', '/admin/v1/passkeys', {
      body: { name, credential: { ...credential } },
    });
  });
}

export function useRenamePasskey() {
  return usePasskeyAct(({ id, name }: { readonly id: string; readonly name: string }) =>
    call<RenamePasskeyData, Passkey>('PATCH', '/admin/v1/passkeys/{id}', { path: { id }, body: { name } }),
  );
}

export function useRemovePasskey() {
  return usePasskeyAct(({ id, ...proof }: Proof & { readonly id: string }) =>
    call<RemovePasskeyData, void>('POST', '/admin/v1/passkeys/{id}/remove', { path: { id }, body: proof }),
  );
}

/** Why no passkey works on this page, and what to do; undefined where they work. */
export function obstacleTo({ available, origin, reason }: PasskeyPlace): string | undefined {
  const elsewhere = `Open ${origin} instead`;
  const publicUrl = 'PUBLIC_URL to an https address with a name';
  if (available && origin !== location.origin) return `${elsewhere}: passkeys are bound to that address.`;
  if (available) return browserSupportsWebAuthn() ? undefined : 'This browser does not know passkeys.';
  if (reason === 'unknown-port')
    return `The keep does not know this port of localhost as its own: set PUBLIC_URL to ${location.origin}.`;
  if (reason === 'plain-http')
    return `Browsers know no passkeys on plain http: put TLS in front of the keep, and set ${publicUrl}.`;
  const why = 'Browsers know no passkeys under an IP address.';
  return origin === undefined ? `${why} Set ${publicUrl}.` : `${why} ${elsewhere}, or set ${publicUrl}.`;
}

/** What the browser refused, in words for its owner; undefined for an error that is none of its. */
export function browserRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name === 'ProblemError') return undefined;
  if (error.name === 'InvalidStateError') return 'This device has a passkey for this keep already.';
  if (error.name === 'NotAllowedError')
    return 'The browser gave none: you closed its window, it waited too long, or this device has none for this keep.';
  return `The browser says: ${error.message}`;
}
