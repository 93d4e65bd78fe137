import type { BuildOptions } from 'esbuild';

/** A bundle for Node of one entry, as it ships. */
export function nodeBundle(mode: { readonly production: boolean }, entry: string, outfile: string, external?: readonly string[]): BuildOptions;
