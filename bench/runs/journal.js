// The results of a run, written after each process, so that a run that was interrupted or that
// reached its time limit can be continued.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Thrown before the next process when a run has reached its time limit. */
export class Interval extends Error {}

export class Journal {
  #about;
  #end;
  #file;
  #spent;
  #started = performance.now();
  /** @type {Record<string, any>} figures by kind, see ../report/results.js */
  found = {};

  /**
   * @param {object} options
   * @param {string | undefined} options.file where the figures are kept
   * @param {Record<string, unknown>} options.about written before them
   * @param {boolean} options.resume whether figures that the file has are not measured again
   * @param {number} options.minutes until the run is interrupted
   */
  constructor({ file, about, resume, minutes }) {
    this.#about = about;
    this.#file = file;
    this.#end = this.#started + minutes * 60_000;
    this.#spent = 0;
    if (!resume || file === undefined || !existsSync(file)) return;
    const { seconds, ...found } = JSON.parse(readFileSync(file, 'utf8'));
    for (const key of ['machine', 'versions', 'processorTime', 'quick']) {
      if (JSON.stringify(found[key]) !== JSON.stringify(about[key])) {
        throw new Error(`${file} was measured with other ${key}: measure all of it again`);
      }
    }
    for (const key of Object.keys(about)) delete found[key];
    this.found = found;
    this.#spent = seconds;
  }

  /** Seconds of the run, including the runs that it continues. */
  get seconds() {
    return this.#spent + Math.round((performance.now() - this.#started) / 1000);
  }

  /**
   * Keeps figures.
   * @param {Record<string, unknown>} figures
   */
  keep(figures) {
    Object.assign(this.found, figures);
    if (this.#file === undefined) return;
    const contents = { ...this.#about, seconds: this.seconds, ...this.found };
    writeFileSync(this.#file, `${JSON.stringify(contents, null, 1)}\n`);
  }

  /**
   * Prints what is measured next.
   * @param {string} title
   * @throws {Interval} if the run has reached its time limit
   */
  turn(title) {
    if (performance.now() > this.#end) throw new Interval(`interrupted before ${title}`);
    console.error(title);
  }
}
