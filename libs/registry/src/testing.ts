export { SoftwareAuthenticator } from './testing/software-authenticator.ts';
export { adminId, knownApp, openRegistry } from './testing/registry-bench.ts';
