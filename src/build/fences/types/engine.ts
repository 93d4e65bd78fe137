// Must not compile in src/engine: time and the machine come through ports only.
export const later: unknown = setTimeout(() => undefined, 1);
export const folder: string = process.cwd();
