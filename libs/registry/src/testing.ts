export { SoftwareAuthenticator } from './testing/software-authenticator.ts';
