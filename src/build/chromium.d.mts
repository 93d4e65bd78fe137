/** What to do where there is none. */
export const howToGetChromium: string;
/** The path of a browser: $CHROMIUM, then PATH, then where the systems put it. */
export function findChromium(): string | undefined;
