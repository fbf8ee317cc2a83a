// Runs one client of the table:
//   node --import … child.mjs clients|recipes CLIENT PORT CONNECTIONS
// Prints, as JSON, which of its connections were resumed. Those of clients.mjs are written as they
// are without us; --import has installed sesscache/auto for them.

import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';
import { CLIENTS } from './clients.mjs';
import { RECIPES } from './recipes.mjs';

const [list, name, port, connections] = process.argv.slice(2);
const { connect } = tls;
const reused = [];
tls.connect = function watched(...args) {
  const socket = Reflect.apply(connect, this, args);
  const at = reused.push(null) - 1;
  socket.once('secureConnect', () => (reused[at] = socket.isSessionReused()));
  return socket;
};
syncBuiltinESMExports();

const visit = await (list === 'recipes' ? RECIPES : CLIENTS)[name].load();
while (reused.length < Number(connections)) {
  const before = reused.length;
  await visit(Number(port));
  if (reused.length === before) throw new Error(`${name} made no connection through tls.connect`);
}
console.log(JSON.stringify(reused.slice(0, Number(connections))));
process.exit(0); // some clients keep timers
