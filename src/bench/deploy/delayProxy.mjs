// Passes TCP on to a port of loopback, each way half of a round trip late: `node delayProxy.mjs PORT ROUND_TRIP_MS`. Prints its own port.
import { connect, createServer } from 'node:net';

const [port, roundTripMs] = process.argv.slice(2).map(Number);

/** Later bytes never overtake earlier ones: all wait as long. */
function late(from, to) {
  from.on('data', (bytes) => setTimeout(() => to.destroyed || to.write(bytes), roundTripMs / 2));
  from.on('end', () => setTimeout(() => to.end(), roundTripMs / 2));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), roundTripMs / 2));
}

const server = createServer((client) => {
  const upstream = connect(port, '127.0.0.1');
  for (const socket of [client, upstream]) socket.setNoDelay(true);
  late(client, upstream);
  late(upstream, client);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
// The bench ends it by closing this.
process.stdin.on('end', () => process.exit(0)).resume();
