import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** What is used here of the driver's `Connection`, which it does not export. */
interface DriverConnection {
  readonly socket: Socket;
  onClose(): void;
}
type DriverConnectionType = new (socket: Socket, options: object) => DriverConnection;

/**
 * Options of a driver's client whose commands all fail when their connection closes.
 *
 * A command that is written to a socket which was destroyed, before its "close" event, waits for "drain" for ever: the
 * driver (mongodb 7.8.0 and 7.9.0, `Connection.writeCommand`) listens to "drain" and "error" only, and the socket emits
 * neither when a server ends. If the command is a heartbeat, the driver never connects to that server again.
 */
export function endingConnections(): { readonly connectionType: DriverConnectionType } {
  const requireAsMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection } = requireAsMongoose('mongodb/lib/cmap/connection.js') as { Connection: DriverConnectionType };
  return {
    connectionType: class extends Connection {
      override onClose(): void {
        super.onClose();
        // Whatever waits for it sees next that the connection is closed, and throws.
        this.socket.emit('drain');
      }
    },
  };
}
