// Must not compile in src/shared: neither Node nor the page is there.
export const folder: string = process.cwd();
export const title: string = document.title;
