// Must not compile in webview: there is no Node behind the page.
export const folder: string = process.cwd();
