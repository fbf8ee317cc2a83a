import { SessionCache, SessionCacheMode } from 'sesscache';
import { forgeSessionCache } from 'sesscache/forge';

/** @type {any} A classic script makes it a global. */
const forge = Reflect.get(globalThis, 'forge');

/** @type {HTMLTableSectionElement} */
const table = find('#connections');
const counters = find('#counters');

const serverCache = new SessionCache();
const clientCache = new SessionCache({ mode: SessionCacheMode.CLIENT });
const atServer = forgeSessionCache(serverCache, { role: 'server' });
const atClient = forgeSessionCache(clientCache, { role: 'client', peer: 'example.org:443' });
const identity = selfSigned('example.org');

/** One connection; forge calls back at once, since nothing here waits for a network. */
function connect() {
  const outcome = { how: '', answer: '' };
  const server = atServer.watch(
    forge.tls.createConnection({
      server: true,
      getCertificate: () => identity.certificate,
      getPrivateKey: () => identity.key,
      connected: () => {},
      tlsDataReady: (self) => client.process(self.tlsData.getBytes()),
      dataReady: (self) => self.prepare(`You said: ${self.data.getBytes()}`),
      closed: () => {},
      error: (_self, error) => (outcome.answer = error.message),
    }),
  );
  const client = atClient.watch(
    forge.tls.createConnection({
      verify: (_self, _verified, _depth, [certificate]) =>
        forge.pki.certificateToPem(certificate) === identity.certificate, // pinned
      connected(self) {
        outcome.how = self.session.resuming ? 'resumed' : 'full';
        self.prepare('hello');
      },
      tlsDataReady: (self) => server.process(self.tlsData.getBytes()),
      dataReady: (self) => (outcome.answer += self.data.getBytes()),
      closed: () => {},
      error: (_self, error) => (outcome.answer = error.message),
    }),
  );
  client.handshake();
  client.close();
  return outcome;
}

function selfSigned(commonName) {
  const { pki, md } = forge;
  const keys = pki.rsa.generateKeyPair(1024); // short, so that the page is soon there
  const certificate = pki.createCertificate();
  const name = [{ name: 'commonName', value: commonName }];
  certificate.publicKey = keys.publicKey;
  certificate.setSubject(name);
  certificate.setIssuer(name);
  const { notBefore, notAfter } = certificate.validity;
  notAfter.setFullYear(notBefore.getFullYear() + 1);
  certificate.sign(keys.privateKey, md.sha256.create());
  return {
    key: pki.privateKeyToPem(keys.privateKey),
    certificate: pki.certificateToPem(certificate),
  };
}

/** @returns {any} */
function find(selector) {
  return document.querySelector(selector);
}

/** A number with its noun. */
function many(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function show({ how, answer }, milliseconds) {
  const cells = [`${table.rows.length + 1}`, how, `${milliseconds.toFixed(1)} ms`, answer];
  const row = table.insertRow();
  row.className = how;
  for (const text of cells) row.insertCell().textContent = text;
  showCounters();
}

function showCounters() {
  const { number, accept, hits } = serverCache.stats();
  const kept = many(number, 'session');
  counters.textContent = `Server: ${kept} kept, ${many(accept, 'handshake')}, ${hits} resumed.`;
}

find('#connect').addEventListener('click', () => {
  const start = performance.now();
  const outcome = connect();
  show(outcome, performance.now() - start);
});
find('#flush').addEventListener('click', () => {
  serverCache.flushSessions(0);
  showCounters();
});
showCounters();
