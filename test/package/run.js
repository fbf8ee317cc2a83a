import { spawnSync } from 'node:child_process';

/**
 * Runs a program to its end and returns what it printed.
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 * @returns {string}
 * @throws {Error} with the whole output, when the program is missing or does not exit with 0
 */
export function run(program, args, cwd) {
  const { error, status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  }
  return stdout;
}
