export { type Gateway, serveGateway } from './bootstrap.ts';
