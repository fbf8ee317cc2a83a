// `sesscache probe`, as a command, against servers in known set-ups.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Findings, VersionFindings } from '../../bindings/probe/probe.ts';
import type { Verdict } from '../../bindings/probe/verdict.ts';
import { withFtpsServer } from '../client/servers/ftps.ts';
import {
  haproxy,
  nginx,
  node,
  rotating,
  type Running,
  sServer,
  upgrading,
  WITHOUT_TICKETS,
} from './setups.ts';

const test = suite('sesscache probe');
const command = join(import.meta.dirname, '../../dist/command.cjs');

interface Ran {
  code: number;
  output: string;
  errors: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(process.execPath, [command, ...args], options, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

type Report = Findings & { verdict: Verdict };

async function probe(port: number, ...more: string[]): Promise<Report & { code: number }> {
  const args = ['probe', `127.0.0.1:${port}`, '--json', '--pause', '1', ...more];
  const { code, output, errors } = await run(args);
  assert.is(errors, '');
  return { ...(JSON.parse(output) as Report), code };
}

async function at(
  start: Promise<Running>,
  check: (report: Report & { code: number }, old: VersionFindings, now: VersionFindings) => void,
  ...more: string[]
): Promise<void> {
  const server = await start;
  try {
    const report = await probe(server.port, ...more);
    const [old, now] = report.versions;
    check(report, old!, now!);
  } finally {
    await server.stop();
  }
}

function isWhole(report: Report & { code: number }): void {
  assert.is(report.verdict, 'resumes', JSON.stringify(report));
  assert.is(report.code, 0);
}

function isNone(report: Report & { code: number }): void {
  assert.is(report.verdict, 'does not resume', JSON.stringify(report));
  assert.is(report.code, 1);
  for (const { resumes, speaks } of report.versions) assert.is(speaks && resumes, false);
}

test('1. nginx with tickets', () =>
  at(
    nginx('ssl_session_tickets on; ssl_session_cache off; ssl_session_timeout 7m;'),
    (report, old, now) => {
      // prettier-ignore
      isWhole(report);
      assert.equal([old.by, old.lifetime], ['ticket', 420]);
      assert.equal([now.by, now.lifetime, now.twice], ['ticket', 420, true]);
      assert.ok(now.given! >= 1 && now.renewed! >= 1);
    },
  ));

test('2. nginx with a cache and without tickets', () =>
  at(nginx('ssl_session_tickets off; ssl_session_cache shared:s:1m;'), (report, old) => {
    isWhole(report);
    assert.is(old.by, 'id');
  }));

test('3. nginx with neither', () =>
  at(nginx('ssl_session_tickets off; ssl_session_cache off;'), isNone));

test('4. nginx as it is: tickets, and a cache that says it keeps sessions and does not', () =>
  at(nginx(''), (report) => isWhole(report)));

test('5. s_server, as it is', () =>
  at(sServer(), (report, _, now) => {
    isWhole(report);
    assert.equal([now.given, now.renewed, now.lifetime], [2, 1, 7200]);
  }));

test('6. s_server without tickets and cache', () => at(sServer('-no_ticket', '-no_cache'), isNone));

test('7. s_server that takes a ticket once', () =>
  at(sServer('-max_early_data', '16384'), (report, _, now) => {
    isWhole(report);
    assert.is(now.twice, false);
  }));

test('8. Node, as it is', () =>
  at(node(), (report, old, now) => {
    isWhole(report);
    assert.equal([old.by, now.by], ['ticket', 'ticket']);
    assert.equal([now.given, now.renewed, now.twice], [2, 0, true]);
  }));

test('9. Node without tickets, and with nothing that keeps sessions', () =>
  at(node(WITHOUT_TICKETS), isNone));

test('10. Node whose ticket keys change', () =>
  at(
    rotating(),
    (report, old) => {
      assert.is(report.verdict, 'partly', JSON.stringify(report));
      assert.is(report.code, 1);
      assert.is(old.afterPause, false);
    },
    '--pause',
    '4',
  ));

test('11. Node, TLS 1.2 alone', () =>
  at(node({ maxVersion: 'TLSv1.2' }), (report, old, now) => {
    isWhole(report);
    assert.equal([old.speaks, now.speaks], [true, false]);
    assert.match(now.error!, /^ERR_SSL_/);
  }));

test('12. vsftpd, after AUTH TLS', () =>
  withFtpsServer({}, async ({ port }) => {
    const report = await probe(port, '--starttls', 'ftp');
    isWhole(report);
  }));

test('13. HAProxy, as it is', () => at(haproxy(), (report) => isWhole(report)));

test('14. HAProxy without tickets, with its cache', () =>
  at(haproxy('ssl-default-bind-options no-tls-tickets'), (report, old) => {
    isWhole(report);
    assert.is(old.by, 'id');
  }));

test('15. HAProxy with neither', () =>
  at(haproxy('ssl-default-bind-options no-tls-tickets', 'tune.ssl.cachesize 0'), isNone));

for (const [protocol, greeting, steps] of [
  [
    'smtp',
    '220 mail.test ESMTP\r\n',
    [
      [/^EHLO \S+\r\n$/, '250-mail.test\r\n250-SIZE\r\n250 STARTTLS\r\n'],
      [/^STARTTLS\r\n$/, '220 go\r\n'],
    ],
  ],
  ['imap', '* OK hello\r\n', [[/^a STARTTLS\r\n$/, 'a OK go\r\n']]],
  ['postgres', '', [[/^.{8}$/s, 'S']]],
] as const) {
  test(`STARTTLS of ${protocol}`, () => at(upgrading(greeting, steps), isWhole, '--starttls', protocol)); // prettier-ignore
}

test('says what a server said that does not begin TLS', async () => {
  const server = await upgrading('220 mail.test\r\n', [
    [/EHLO/, '250 mail.test\r\n'],
    [/STARTTLS/, '502 what?\r\n'],
  ]);
  const { code, output } = await run(['probe', `127.0.0.1:${server.port}`, '--starttls', 'smtp']);
  assert.is(code, 2);
  assert.match(output, /could not be probed.*does not begin TLS; it said "502 what\?"/s);
  await server.stop();
});

test('two addresses of a name that share no keys', async () => {
  const [key, otherKey] = [Buffer.alloc(48, 1), Buffer.alloc(48, 2)];
  const one = await node({ ticketKeys: key });
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  const hook = join(folder, 'two.cjs');
  writeFileSync(
    hook,
    `require('dns').promises.lookup = async () => ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));`, // prettier-ignore
  );
  const env = { NODE_OPTIONS: `--require=${hook}` };
  const args = ['probe', `two.test:${one.port}`, '--json', '--pause', '0'];
  for (const [ticketKeys, verdict, resumed] of [
    [otherKey, 'partly', []],
    [key, 'resumes', ['127.0.0.2']],
  ] as const) {
    const two = await node({ ticketKeys }, '127.0.0.2', one.port);
    const report = JSON.parse((await run(args, env)).output) as Report;
    assert.is(report.verdict, verdict);
    for (const { across } of report.versions) {
      assert.equal(across, { tried: ['127.0.0.2'], resumed: [...resumed] });
    }
    await two.stop();
  }
  await one.stop();
  rmSync(folder, { recursive: true });
});

test('sesscache/auto, if it is installed, does not take part', async () => {
  const server = await node();
  const auto = join(import.meta.dirname, '../../dist/auto/index.mjs');
  const { output } = await run(['probe', `127.0.0.1:${server.port}`, '--pause', '0', '--json'], {
    NODE_OPTIONS: `--import=${auto}`,
  });
  const report = JSON.parse(output) as Report;
  assert.equal([report.verdict, report.versions[1]!.given], ['resumes', 2]);
  await server.stop();
});

test('a server that is not there, that hangs up, and that says nothing', async () => {
  const silent = createServer((socket) => socket.on('error', () => {}).resume());
  const rude = createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end(),
  );
  const ports: number[] = [];
  for (const server of [silent, rude]) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  const [quiet, gone] = ports as [number, number];
  const ask = (port: number): Promise<Ran> => run(['probe', `127.0.0.1:${port}`, '--timeout', '1']);
  const [a, b] = await Promise.all([ask(quiet), ask(gone)]);
  assert.equal([a.code, b.code], [2, 2]);
  assert.match(a.output, /no answer for 1 s/);
  assert.match(b.output, /could not be probed/);
  rude.close();
  const c = await ask(gone);
  assert.is(c.code, 2);
  assert.match(c.output, /ECONNREFUSED/);
  silent.close();
  const d = await run(['probe', 'nowhere.invalid']);
  assert.is(d.code, 2);
  assert.match(d.errors, /^sesscache: /);
});

test('says it in words, and prints no bytes of sessions', async () => {
  const server = await node();
  const { output, code } = await run(['probe', `127.0.0.1:${server.port}`, '--pause', '0']);
  assert.is(code, 0);
  assert.match(output, /^127\.0\.0\.1:\d+ resumes sessions\.\n\nTLS 1\.2: .*\n\nTLS 1\.3: .*\n$/);
  assert.match(output, /gives 2 tickets, valid for 7200 s\. The session resumes\./);
  assert.not.match(output, /[\da-f]{16}|[\w+/=]{40}/i);
  await server.stop();
});

test('refuses arguments that are wrong', async () => {
  for (const [args, message] of [
    [['look', 'a'], /unknown command: look/],
    [['probe'], /one HOST/],
    [['probe', 'a', 'b'], /one HOST/],
    [['probe', 'a:99999'], /no port: 99999/],
    [['probe', 'a', '--starttls', 'pop'], /--starttls takes smtp, imap, postgres, ftp, not pop/],
    [['probe', 'a', '--pause', '-1'], /--pause/],
    [['probe', 'a', '--timeout', 'x'], /--timeout takes seconds/],
    [['probe', 'a', '--nonsense'], /nonsense/],
  ] as const) {
    const { code, errors, output } = await run(args);
    assert.is(code, 2, args.join(' '));
    assert.match(errors, message);
    assert.is(output, '');
  }
  assert.is((await run(['--help'])).code, 0);
  assert.is((await run([])).code, 2);
});

test.run();
