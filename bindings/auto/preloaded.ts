// Whether Node was told to load this module before the program: then it installs itself. A program
// that imports it calls `install`.

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

/** As Node reads NODE_OPTIONS: double quotes around, backslashes before what counts as it is. */
function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : word;
}
