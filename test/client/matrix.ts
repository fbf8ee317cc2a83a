// `npm run matrix:client`: which client resumes at which server, as tables to paste. All real, on
// loopback; exits with 1 if a possible resumption fails.

import { type Cell, tryServer } from './grid.ts';
import { tryWay, WAYS } from './ftps-ways.ts';
import { AT_ONCE, CONTENDERS, type Outcome, run, WAVES } from './parallel.ts';
import { VERSIONS, WEB_KINDS } from './servers/web.ts';

const faults: string[] = [];
const shortVersions = VERSIONS.map((version) => version.replace('TLSv', ''));

console.log(`Node ${process.versions.node}, OpenSSL ${process.versions.openssl}\n`);
await printWeb();
await printFtps();
await printParallel();
for (const fault of faults) console.error(`FAIL  ${fault}`);
if (faults.length > 0) process.exitCode = 1;

async function printWeb(): Promise<void> {
  const titles: string[] = [];
  const columns: Cell[][] = [];
  for (const kind of WEB_KINDS) {
    for (const [at, version] of VERSIONS.entries()) {
      titles.push(`${kind} ${shortVersions[at]}`);
      columns.push(await tryServer(kind, version));
    }
  }
  const rows = (columns[0] as Cell[]).map(({ client }, row) => {
    const cells = columns.map((column) => column[row] as Cell);
    for (const [at, { resumed, impossible, why }] of cells.entries()) {
      if (!resumed && !impossible) faults.push(`${client}, ${titles[at]}: ${why}`);
    }
    return [client].concat(cells.map(shown));
  });
  print(['client', ...titles], rows);
  if (rows.every(([client]) => client !== 'undici 8')) console.log('undici 8: needs Node 22.19');
  console.log('-: the server speaks no HTTP/2\n');
}

function shown({ resumed, impossible }: Cell): string {
  if (impossible) return '-';
  return resumed ? 'resumed' : 'NO';
}

async function printFtps(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, way] of Object.entries(WAYS)) {
    const cells: string[] = [];
    for (const version of VERSIONS) {
      const outcome = await tryWay(way, version);
      cells.push(outcome);
      if (outcome !== 'resumed' && !name.endsWith('stock')) faults.push(`${name}: ${outcome}`);
    }
    rows.push([name, ...cells]);
  }
  print(['vsftpd, require_ssl_reuse, data connections', ...shortVersions], rows);
}

async function printParallel(): Promise<void> {
  const rows: string[][] = [];
  const add = (name: string, { connections, resumed, offered, different }: Outcome): void => {
    rows.push([name, percent(resumed, connections), String(offered), String(different)]);
    if (!name.includes('stock') && !name.includes('keepLast') && offered > different) {
      faults.push(`${name}: a ticket was offered twice`);
    }
  };
  for (const [name, start] of Object.entries(CONTENDERS)) {
    if (name === 'undici, stock')
      add('undici, stock, no garbage collected', await run(start(), false));
    add(name, await run(start()));
  }
  console.log();
  const title = `TLS 1.3, ${WAVES} times ${AT_ONCE} connections at a time`;
  print([title, 'resumed', 'tickets offered', 'different ones'], rows);
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}

function print(titles: string[], rows: string[][]): void {
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  console.log(line(titles));
  console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  for (const row of rows) console.log(line(row));
}
