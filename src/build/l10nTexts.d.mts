/** The bundle of all sentences: each under itself. */
export function bundledTexts(): Promise<Record<string, string>>;
export function sentencesOfPage(source: string): string[];
