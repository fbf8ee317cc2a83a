export function measure(): Promise<{
  programs: { name: string; minified: number; gzip: number; brotli: number }[];
  parts: { core: number; api: number };
}>;
