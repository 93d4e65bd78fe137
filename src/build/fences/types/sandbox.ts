// Must not compile in src/sandbox: there is no page and no editor.
export const title: string = document.title;
