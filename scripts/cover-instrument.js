// Writes build/cover/assembly/: the core's sources with a call `probe(n)` on each branch, and
// build/cover/probes.json, which says where probe n stands. Binaryen's own log-execution pass sees
// functions, loops and returns only: neither an `if` that does not return, nor `?:`, `&&`, `||`.
// Probes are put in without new lines, so that a failed assert still names the right line.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { NodeKind, Parser, Token } from 'assemblyscript';

// The validator exists for the tests only; the entry files hold no branches.
const UNCOUNTED = new Set(['validate.ts', 'validate-data.ts', 'debug.ts']);

const assembly = new URL('../assembly/', import.meta.url);
const cover = new URL('../build/cover/', import.meta.url);
const target = new URL('assembly/', cover);

/** @type {{ file: string, line: number, what: string }[]} */
const probes = [];

rmSync(cover, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of readdirSync(assembly).filter((file) => file.endsWith('.ts'))) {
  const text = readFileSync(new URL(name, assembly), 'utf8');
  const probed = UNCOUNTED.has(name) ? text : instrument(text, name);
  writeFileSync(new URL(name, target), probed);
}
writeFileSync(new URL('probe.ts', target), 'export declare function probe(n: i32): void;\n');
writeFileSync(new URL('probes.json', cover), JSON.stringify(probes));

/**
 * @param {string} text
 * @param {string} name
 * @returns {string} `text` with probes
 */
function instrument(text, name) {
  /** @type {{ at: number, opens: boolean, added: string }[]} */
  const inserts = [];
  visit(parse(text, name), false);

  // At one place, what closes comes before what opens; otherwise the order of insertion is right:
  // `visit` opens outer nodes before inner ones and closes them after.
  inserts.sort((a, b) => a.at - b.at || Number(a.opens) - Number(b.opens));
  let probed = "import { probe } from './probe'; ";
  let done = 0;
  for (const { at, added } of inserts) {
    probed += text.slice(done, at) + added;
    done = at;
  }
  return probed + text.slice(done);

  /**
   * @param {any} node
   * @param {boolean} inFunction a probe in the initialiser of a global would make it not constant
   */
  function visit(node, inFunction) {
    if (isAssert(node)) return; // that it never fails is no gap
    const inside = inFunction || isFunction(node);
    const closings = inside ? branchesOf(node) : [];
    for (const child of childrenOf(node)) visit(child, inside);
    for (const close of closings) close();
  }

  /**
   * Puts a probe at the start of each branch that `node` has.
   * @param {any} node
   * @returns {(() => void)[]} what ends them; to be called after the children
   */
  function branchesOf(node) {
    if (isFunction(node)) return [statement(node.body, `function ${node.name.text}`)];
    switch (node.kind) {
      case NodeKind.If: {
        const taken = statement(node.ifTrue, 'if: taken');
        if (node.ifFalse) return [taken, statement(node.ifFalse, 'if: else')];
        const number = probe(node, 'if: not taken');
        const end = endOf(node.ifTrue);
        return [taken, () => insert(end, false, ` else { probe(${number}); }`)];
      }
      case NodeKind.For:
      case NodeKind.While:
      case NodeKind.Do:
        return [statement(node.body, 'loop')];
      case NodeKind.SwitchCase:
        return node.statements.length > 0 ? [beforeFirst(node.statements[0], 'case')] : [];
      case NodeKind.Ternary:
        return [expression(node.ifThen, 'after ?'), expression(node.ifElse, 'after :')];
      case NodeKind.Binary:
        if (node.operator === Token.Ampersand_Ampersand)
          return [expression(node.right, 'after &&')];
        if (node.operator === Token.Bar_Bar) return [expression(node.right, 'after ||')];
        return [];
      default:
        return [];
    }
  }

  /** @param {any} node @param {string} what */
  function statement(node, what) {
    const number = probe(node, what);
    if (node.kind === NodeKind.Block) {
      insert(node.range.start + 1, true, ` probe(${number});`);
      return () => {};
    }
    insert(node.range.start, true, `{ probe(${number}); `);
    return () => insert(endOf(node), false, ' }');
  }

  /** @param {any} node @param {string} what */
  function beforeFirst(node, what) {
    insert(node.range.start, true, `probe(${probe(node, what)}); `);
    return () => {};
  }

  /** @param {any} node @param {string} what */
  function expression(node, what) {
    insert(node.range.start, true, `(probe(${probe(node, what)}), `);
    return () => insert(node.range.end, false, ')');
  }

  /** @param {number} at @param {boolean} opens @param {string} added */
  function insert(at, opens, added) {
    inserts.push({ at, opens, added });
  }

  /** The end of a statement, with the semicolon that the parser may leave out. @param {any} node */
  function endOf(node) {
    const { end } = node.range;
    return text[end] === ';' ? end + 1 : end;
  }

  /** @param {any} node @param {string} what */
  function probe(node, what) {
    const line = text.slice(0, node.range.start).split('\n').length;
    return probes.push({ file: `assembly/${name}`, line, what }) - 1;
  }
}

/** @param {string} text @param {string} name */
function parse(text, name) {
  const parser = new Parser();
  parser.parseFile(text, name, true);
  if (parser.diagnostics.length > 0) throw new Error(`${name}: ${parser.diagnostics.join('\n')}`);
  return parser.sources[0];
}

/** @param {any} node @returns {any[]} */
function childrenOf(node) {
  const { range: _, source: __, ...fields } = node;
  return Object.values(fields)
    .flat()
    .filter((child) => child?.range !== undefined && child.kind !== undefined);
}

/** @param {any} node */
function isFunction(node) {
  const { kind, body } = node;
  return (
    (kind === NodeKind.FunctionDeclaration || kind === NodeKind.MethodDeclaration) && Boolean(body)
  );
}

/** @param {any} node */
function isAssert(node) {
  return node.kind === NodeKind.Call && node.expression.text === 'assert';
}
