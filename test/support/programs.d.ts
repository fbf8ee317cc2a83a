export interface Need {
  /** The program, or the path of a file. */
  readonly name: string;
  /** The package of Debian that has it. */
  readonly from: string;
  /** What tests do with it. */
  readonly use: string;
}
export const NEEDS: readonly Need[];
export function locate(name: string): string | undefined;
export function missing(): Need[];
