import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';

/** Longest members, in characters of base64url: identifiers of 1,023 bytes (WebAuthn), the rest with room to spare. */
const longest = {
  id: 1364,
  clientDataJSON: 4096,
  attestationObject: 16_384,
  authenticatorData: 4096,
  signature: 4096,
  userHandle: 128,
} as const;

const transportNames = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The members of that name as base64url within their lengths; undefined where one is missing or is anything else. */
function texts<K extends keyof typeof longest>(value: unknown, ...names: readonly K[]): Record<K, string> | undefined {
  const members = membersOf(value);
  const read: [K, string][] = [];
  for (const name of names) {
    const member = members[name];
    if (typeof member !== 'string' || member.length > longest[name] || !/^[\w-]+$/.test(member)) return undefined;
    read.push([name, member]);
  }
  return Object.fromEntries(read) as Record<K, string>;
}

/** What `navigator.credentials.create` gave, as JSON (WebAuthn Level 3, section 5.1.8); undefined where it is not. */
export function readRegistration(value: unknown): RegistrationResponseJSON | undefined {
  const { response } = membersOf(value);
  const own = texts(value, 'id');
  const read = texts(response, 'clientDataJSON', 'attestationObject');
  if (own === undefined || read === undefined) return undefined;
  const { transports } = membersOf(response);
  const known = Array.isArray(transports) ? [...transportNames].filter((name) => transports.includes(name)) : [];
  return {
    id: own.id,
    rawId: own.id,
    type: 'public-key',
    response: { ...read, transports: known as never },
    clientExtensionResults: {},
  };
}

/** What `navigator.credentials.get` gave, as JSON; undefined where it is not. */
export function readAssertion(value: unknown): (AuthenticationResponseJSON & { userHandle: string }) | undefined {
  const own = texts(value, 'id');
  const read = texts(
    membersOf(value)['response'],
    'clientDataJSON',
    'authenticatorData',
    'signature',
    // Of each passkey that was made with a resident key, as ours are.
    'userHandle',
  );
  if (own === undefined || read === undefined) return undefined;
  return {
    id: own.id,
    rawId: own.id,
    type: 'public-key',
    response: read,
    clientExtensionResults: {},
    userHandle: read.userHandle,
  };
}

/**
 * Whether it has no attestation, or that of the passkey itself, as browsers answer a request for no attestation
 * (WebAuthn, section 5.1.3). To check a certificate, the library would fetch what the certificate names.
 */
export async function isUncertified(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  try {
    const object = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
    const format = object.get('fmt');
    return format === 'none' || (format === 'packed' && object.get('attStmt').get('x5c') === undefined);
  } catch {
    return false;
  }
}
