/** Runs all steps, even if some throw, and throws the first error afterwards. */
export class FirstError {
  #thrown: { readonly error: unknown } | undefined;

  of(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#thrown ??= { error };
    }
  }

  throw(): void {
    if (this.#thrown) throw this.#thrown.error;
  }
}
