import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { secondFactorKey } from '../../api/lookups.ts';
import { isProblem } from '../../api/problem.ts';
import { session } from '../../api/session.ts';
import type {
  BeginSecondFactorData,
  ChangePasswordData,
  ConfirmSecondFactorData,
  ConfirmSessionData,
  DisableSecondFactorData,
  EndSessionData,
  ListSessionsData,
  NewTotp,
  RecoveryCodes,
  RenewRecoveryCodesData,
  Session,
  SessionList,
  SetUpAdminData,
  SignInData,
  SignOutData,
} from '../../api/operations.ts';
import { notifyWarning } from '../../components/ui/notify.ts';

export function useSignIn() {
  return useMutation({
    mutationFn: (body: { name: string; password: string; code?: string }) =>
      call<SignInData, Session>('POST', '/admin/v1/session', { body }),
    onSuccess: ({ token }) => session.begin(token),
  });
}

export function useSetUp() {
  return useMutation({
    mutationFn: (body: { setupToken: string; name: string; password: string }) =>
      call<SetUpAdminData, void>('POST', '/admin/v1/setup', { body }),
  });
}

/** A keep that is silent for longer, ms, is away. */
const signOutMs = 5000;

/** Ends the session at the keep, and in this tab whether that was heard or not. */
export function useSignOut() {
  return useMutation({
    mutationFn: () =>
      call<SignOutData, void>('DELETE', '/admin/v1/session', { signal: AbortSignal.timeout(signOutMs) }),
    onSettled: (_, error) => {
      if (error !== null && !isProblem(error, 'unauthenticated'))
        notifyWarning(
          'You are signed out in this tab. The keep did not confirm it: there the session may go on until it ends by ' +
            'itself. To end it, sign in again and look under Account.',
        );
      session.end();
    },
  });
}

export function useSessions() {
  return useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) =>
      call<ListSessionsData, SessionList>('GET', '/admin/v1/sessions', { query: { limit: 100 }, signal }),
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<EndSessionData, void>('DELETE', '/admin/v1/sessions/{id}', { path: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
}

/** What needs a proof of the last five minutes is open then. */
export function useConfirmation() {
  return useMutation({
    mutationFn: (body: { password: string; code?: string }) =>
      call<ConfirmSessionData, void>('POST', '/admin/v1/session/confirm', { body }),
  });
}

/** Ends every session, this one too. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current: string; new: string }) =>
      call<ChangePasswordData, void>('POST', '/admin/v1/password', { body }),
    onSuccess: () => session.end(),
  });
}

/** The answer holds a secret: it is no query, so that no cache keeps it. */
export function useBeginSecondFactor() {
  return useMutation({
    gcTime: 0,
    mutationFn: (body: { password: string }) =>
      call<BeginSecondFactorData, NewTotp>('POST', '/admin/v1/second-factor/totp', { body }),
  });
}

export function useConfirmSecondFactor() {
  const client = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (body: { code: string }) =>
      call<ConfirmSecondFactorData, RecoveryCodes>('POST', '/admin/v1/second-factor/totp/confirm', { body }),
    onSettled: () => client.invalidateQueries({ queryKey: secondFactorKey }),
  });
}

export function useRenewRecoveryCodes() {
  const client = useQueryClient();
  return useMutation({
    gcTime: 0,
    mutationFn: (body: { password: string; code: string }) =>
      call<RenewRecoveryCodesData, RecoveryCodes>('POST', '/admin/v1/second-factor/recovery-codes', { body }),
    onSettled: () => client.invalidateQueries({ queryKey: secondFactorKey }),
  });
}

export function useDisableSecondFactor() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { password: string; code: string }) =>
      call<DisableSecondFactorData, void>('POST', '/admin/v1/second-factor/disable', { body }),
    onSettled: () => client.invalidateQueries({ queryKey: secondFactorKey }),
  });
}
