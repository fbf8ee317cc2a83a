// Whether Node loads this module before the program (`--import`): then it installs itself. A
// program that imports it calls `install`.

const FLAGS = /^(--import|--require|-r)$/;
/** By its name, or by its file. */
const MODULE = /^(sesscache\/auto|.*[\\/](dist|bindings)[\\/]auto[\\/]index\.[cm]?[jt]s)$/;

/**
 * @param execArgv the options before the program's name, of the process or of the thread
 * @param variable the environment variable NODE_OPTIONS
 */
export function isPreloaded(execArgv: readonly string[], variable = ''): boolean {
  const words = [...(variable.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? []).map(unquoted), ...execArgv];
  return words.some((word, i) => {
    const [, flag = word, value = words[i + 1]] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    return FLAGS.test(flag) && MODULE.test(value ?? '');
  });
}

/**
 * A word of NODE_OPTIONS, read as Node does: without its double quotes and escaping backslashes.
 */
function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : word;
}
