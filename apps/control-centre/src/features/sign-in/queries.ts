import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { session } from '../../api/session.ts';
import type {
  ChangePasswordData,
  EndSessionData,
  ListSessionsData,
  Session,
  SessionList,
  SetUpAdminData,
  SignInData,
  SignOutData,
} from '../../api/operations.ts';

export function useSignIn() {
  return useMutation({
    mutationFn: (body: { name: string; password: string }) =>
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

/** Ends the session at the keep, and in this tab whether that was heard or not. */
export async function signOut(): Promise<void> {
  try {
    await call<SignOutData, void>('DELETE', '/admin/v1/session', {});
  } catch {
    // An idle session ends by itself.
  }
  session.end();
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

/** Ends every session, this one too. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { current: string; new: string }) =>
      call<ChangePasswordData, void>('POST', '/admin/v1/password', { body }),
    onSuccess: () => session.end(),
  });
}
