// The rules and the dashboard of ops/: promtool takes them, they fire in an incident, and every
// metric that they name is one that this package writes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { constants } from 'node:crypto';
import { Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attachExternal, memoryStore } from '../../bindings/external/index.ts';
import { SessionCache } from '../../bindings/index.ts';
import { metricsOf } from '../../bindings/metrics/index.ts';
import { attachServer } from '../../bindings/node/index.ts';
import { collectInto } from '../../bindings/prom-client/index.ts';
import { anchorsOf, root } from '../docs/pages.ts';
import { parse } from '../metrics/openmetrics.ts';
import { run } from '../support/commands.ts';

const test = suite('ops: rules and dashboard');
const RULES = `${root}ops/prometheus/sesscache.rules.yml`;
const rules = readFileSync(RULES, 'utf8');

interface Panel {
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}
const dashboard = JSON.parse(readFileSync(`${root}ops/grafana/sesscache.json`, 'utf8')) as {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string }[] };
};
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

const promtool = (...args: string[]): Promise<string> => run('promtool', args);

test('promtool takes the rules', async () => {
  assert.match(await promtool('check', 'rules', RULES), /17 rules found/);
});

test('over an incident, the alerts fire that should, and no others', async () => {
  await promtool('test', 'rules', `${root}ops/prometheus/sesscache.test.yml`);
});

test('each alert is in the incident, and has a section of docs/operations.md', () => {
  const incident = readFileSync(`${root}ops/prometheus/sesscache.test.yml`, 'utf8');
  const anchors = anchorsOf('docs/operations.md');
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
  assert.ok(alerts.length >= 13);
  for (const name of alerts) {
    assert.match(incident, new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n`), `${name} fires`);
    assert.ok(anchors.has(name.toLowerCase()), `${name} is in docs/operations.md`);
    assert.match(rules, new RegExp(`operations\\.md#${name.toLowerCase()}\\n`));
  }
});

test('promtool takes every expression of the dashboard', async () => {
  assert.ok(expressions.length >= 24);
  const variables = new Set(dashboard.templating.list.map(({ name }) => name));
  for (const [, name] of JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)) {
    assert.ok(variables.has(name!) || name === '__rate_interval', `$${name}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-ops-'));
  try {
    const file = join(folder, 'dashboard.rules.yml');
    const rule = (expr: string, i: number): string => {
      const plain = expr
        .replaceAll('$__rate_interval', '5m')
        .replaceAll('$full_handshake_ms', '1')
        .replaceAll(/\$(job|instance)/g, '.*');
      return `      - record: dashboard:${i}:x\n        expr: ${JSON.stringify(plain)}\n`;
    };
    writeFileSync(file, `groups:\n  - name: d\n    rules:\n${expressions.map(rule).join('')}`);
    await promtool('check', 'rules', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the panels do not lie over each other', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      assert.ok(x < 24, title);
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.not.ok(taken.has(`${x} ${y}`), title);
        taken.add(`${x} ${y}`);
      }
    }
  }
});

test('every metric and every label that they name is written', async () => {
  const cache = new SessionCache();
  const server = createServer({
    sessionIdContext: 'ops',
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  const attached = attachServer(server, cache, { namespace: 'ops' });
  const external = attachExternal(cache, memoryStore());
  const sources = [
    [cache],
    [attached, { prefix: 'sesscache_server' }],
    [external, { prefix: 'sesscache_store' }],
  ] as const;
  const samples = [...parse(metricsOf(sources)).values()].flatMap((family) => family.samples);
  const written = new Map<string, Record<string, string>[]>();
  for (const { name, labels } of samples) {
    written.set(name, [...(written.get(name) ?? []), labels]);
  }
  const registry = new Registry();
  const stop = collectInto(registry as never, sources);
  const histograms = registry
    .getMetricsAsArray()
    .filter(({ type }) => (type as unknown) === 'histogram')
    .map(({ name }) => name);
  stop();
  await turn();
  const used = [...rules.matchAll(/expr:([^]*?)\n\s+(?:for|labels|- record|- alert|- name)/g)]
    .map(([, expr]) => expr!)
    .concat(expressions);
  let checked = 0;
  for (const expr of used) {
    for (const [, name, selector = ''] of expr.matchAll(
      /(?<![\w:])(sesscache_\w+)(?:\{([^}]*)\})?(?!")/g,
    )) {
      if (/[{,]$/.test(expr.slice(0, expr.indexOf(name!)))) continue; // a label of a StateSet
      if (histograms.some((each) => name!.startsWith(each))) continue;
      if (!written.has(name!) && expr.includes(`${name}=`)) continue; // that label again
      assert.ok(written.has(name!), `${name} in ${expr}`);
      for (const [, label, operator, value] of selector.matchAll(/(\w+)(=~|=)"([^"]*)"/g)) {
        if (label === 'job' || label === 'instance') continue;
        const values = new Set(written.get(name!)!.map((labels) => labels[label!]));
        const wanted = operator === '=~' ? value!.split('|') : [value!];
        for (const each of wanted) assert.ok(values.has(each), `${name}{${label}="${each}"}`);
        checked++;
      }
    }
  }
  assert.ok(checked > 15, `${checked} labels checked`);
  attached.detach();
  external.detach();
  cache.close();
});

test.run();
