// Prints, as JSON, the options that Node's own `tls.connect` reads in real connections. It runs the
// source of Node's module once more, with a Proxy around the copy of the options that `connect`
// makes: that copy cannot be observed otherwise. Run with --expose-internals.

'use strict';
const { once } = require('node:events');
const { rmSync } = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const vm = require('node:vm');
const { internalBinding, primordials } = require('internal/test/binding');

const [credentials, folder] = process.argv.slice(2);
const { key, cert } = JSON.parse(credentials);
const reads = new Set();

globalThis.watchOptions = (options) =>
  new Proxy(options, {
    get(target, name, receiver) {
      if (typeof name === 'string') reads.add(name);
      return Reflect.get(target, name, receiver);
    },
  });

/** Node's module with `connect`, with one change in its source. */
function watchedModule() {
  const { natives } = internalBinding('builtins');
  const name = 'internal/tls/wrap' in natives ? 'internal/tls/wrap' : '_tls_wrap';
  const copy = /(checkServerIdentity: tls\.checkServerIdentity,[^}]*\.\.\.options,\s*\};)/;
  if (!copy.test(natives[name])) throw new Error('connect copies its options in another way');
  const source = natives[name].replace(copy, '$1 options = globalThis.watchOptions(options);');
  const parameters = ['exports', 'require', 'module', 'process', 'internalBinding', 'primordials'];
  const module = { exports: {} };
  const run = vm.compileFunction(source, parameters, { filename: name });
  run(module.exports, require, module, process, internalBinding, primordials);
  return module.exports;
}

async function visit(connect, options) {
  const socket = connect({ ca: cert, servername: 'localhost', ...options });
  socket.on('session', () => {});
  await once(socket, 'secureConnect');
  socket.getSession();
  socket.end();
  socket.resume();
  await once(socket, 'close');
}

async function main() {
  const { connect } = watchedModule();
  const server = tls.createServer({ key, cert }, (socket) =>
    socket.on('error', () => {}).end('hi'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  await visit(connect, { port, host: 'localhost', session: undefined });
  await visit(connect, { port, host: '127.0.0.1', timeout: 1000, autoSelectFamily: false });
  const secureContext = tls.createSecureContext({ ca: cert });
  await visit(connect, { port, host: 'localhost', secureContext, autoSelectFamily: true });
  await visit(connect, {
    port,
    host: 'localhost',
    family: 4,
    checkServerIdentity: () => undefined,
  });
  await visit(connect, { socket: net.connect(port, '127.0.0.1') });
  const refused = connect({ port, host: 'localhost' });
  await once(refused, 'error');
  server.close();
  const path = `${folder}/watched.sock`;
  const local = tls.createServer({ key, cert }, (socket) => socket.end('hi'));
  await once(local.listen(path), 'listening');
  await visit(connect, { path });
  local.close();
  rmSync(path, { force: true });
  console.log(JSON.stringify([...reads].toSorted()));
}

main();
