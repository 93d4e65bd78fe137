import { createContext, useContext } from 'react';

/** Puts an English sentence into the person's language; `{0}`, `{1}` are the arguments. */
export type Text = (english: string, ...args: readonly (string | number)[]) => string;

/** `texts` maps English sentences to translated ones; a sentence that is missing stays English. */
export function textFrom(texts: Readonly<Record<string, string>>): Text {
  return (english, ...args) => {
    const sentence = Object.hasOwn(texts, english) ? (texts[english] ?? english) : english;
    return sentence.replace(/\{(\d+)\}/g, (whole, index: string) => {
      const value = args[Number(index)];
      return value === undefined ? whole : String(value);
    });
  };
}

export const TextContext = createContext<Text>(textFrom({}));

export function useText(): Text {
  return useContext(TextContext);
}
