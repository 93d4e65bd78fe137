// Every English sentence that is put into the person's language, gathered from the sources. Host code says `vscode.l10n.t('…')`, which
// @vscode/l10n-dev finds by itself; pages say `text('…')`, and tables and kinds hold sentences as data. All become one bundle.
import { getL10nJson } from '@vscode/l10n-dev';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledModule } from './bundledModule.mjs';
import { root } from './paths.mjs';

const isSource = (file) => /\.tsx?$/.test(file) && !/\.test\.|\.d\.ts$|(^|[\\/])(tests|dev|fuzz)[\\/]|[\\/]browser\w*Host\.ts$/.test(file);

async function sourcesIn(folder) {
  const files = (await readdir(join(root, folder), { recursive: true })).filter(isSource).sort();
  return Promise.all(
    files.map(async (file) => ({ file, extension: file.endsWith('x') ? '.tsx' : '.ts', contents: await readFile(join(root, folder, file), 'utf8') })),
  );
}

/** @returns {Promise<Record<string, string>>} the bundle: each sentence under itself */
export async function bundledTexts() {
  const host = await sourcesIn('src/host');
  const pages = await sourcesIn('webview');
  const sections = (await sourcesIn('src/engine/resources')).filter(({ file }) => /^(describe|describeKinds|facts|detail)\.ts$/.test(file));
  const words = pages.flatMap(({ file, contents }) =>
    file.endsWith('Words.ts')
      ? literalsIn(contents)
          .filter(({ at }) => /:\s*$/.test(contents.slice(0, at)))
          .map(({ value }) => value)
      : [],
  );
  const others = new Set([...words, ...(await sentencesOfTables()), ...pages.flatMap(({ contents }) => sentencesOfPage(contents))]);
  // Titles and labels of sections stand in the engine as they are; the views translate them.
  for (const { contents } of sections) for (const { value } of literalsIn(contents)) if (/^[A-Z][a-z]/.test(value)) others.add(value);
  const calls = [...others].map((sentence) => `vscode.l10n.t(${JSON.stringify(sentence)});`);
  const gathered = { extension: '.ts', contents: `import * as vscode from 'vscode';\n${calls.join('\n')}\n` };
  const bundle = await getL10nJson([...host.map(({ extension, contents }) => ({ extension, contents })), gathered]);
  return Object.fromEntries(Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Tables of the rooms that both sides share, and the words of the kinds that ship: looked at as they are at run time. */
async function sentencesOfTables() {
  const { sentences } = await bundledModule(`
    import { coreTemplates, loadCatalog } from './src/engine/catalog';
    import { nodeFiles } from './src/node/nodeFiles';
    import { diagnosisSentences, driftSuggestion, suggestionSentences } from './src/shared/diagnosis';
    import { fixSentences, problemSentences } from './src/shared/problem';
    import { resourceWordTable } from './src/shared/resource';
    import { hintSentences } from './src/shared/statusHint';
    import { optionsField } from './src/shared/nodeOptions';
    import { wordedCatalog, wordedField } from './src/shared/wordedCatalog';
    export async function sentences(templates) {
      const found = [driftSuggestion, ...[diagnosisSentences, suggestionSentences, fixSentences, problemSentences, hintSentences].flatMap(Object.values)];
      found.push(...Object.values(resourceWordTable).map(({ label }) => label));
      const { catalog, problems } = await loadCatalog([coreTemplates(nodeFiles(templates))]);
      if (problems.length > 0) throw new Error('templates/core cannot be used: ' + JSON.stringify(problems[0]));
      wordedCatalog(catalog, (english) => (found.push(english), english));
      wordedField(optionsField, (english) => (found.push(english), english));
      found.push(...catalog.kinds.map(({ category }) => category));
      return found;
    }
  `);
  return (await sentences(join(root, 'templates'))).filter((sentence) => sentence !== '');
}

/**
 * The sentences of one page source: what `text(…)` is called with, the tables that it looks up in, and words that are held as data.
 * @param {string} source
 */
export function sentencesOfPage(source) {
  const found = new Set();
  const literals = literalsIn(source);
  const within = (from, to) => literals.filter(({ at }) => at >= from && at < to);
  for (const { index, 0: call } of source.matchAll(/\btext\(/g)) {
    const from = index + call.length;
    const argument = within(from, endOfArgument(source, from));
    for (const { at, end, value } of argument) if (!isCompared(source, at, end)) found.add(value);
  }
  for (const [, table, , property] of source.matchAll(/\btext\(\s*(\w+)\[((?:[^[\]]|\[[^\]]*\])*)\](?:\.(\w+))?/g)) {
    const start = source.search(new RegExp(`\\bconst ${table}\\b`));
    if (start < 0) continue;
    const from = source.indexOf(' = ', start);
    const isWanted = property === undefined ? /[:[,(]\s*$/ : new RegExp(`\\b${property}:\\s*$`);
    for (const { at, end, value } of within(from, endOfStatement(source, from)))
      if (isWanted.test(source.slice(0, at)) && source[end] !== ':') found.add(value);
  }
  // Headings of tables.
  for (const { index, 0: open } of source.matchAll(/\bcolumns=\{\[/g))
    for (const { value } of within(index + open.length, source.indexOf(']', index))) found.add(value);
  // Words that are kept with other facts, such as a state with its icon.
  for (const { at, value } of literals)
    if (/\b(word|words|label|title|name|description|detail|question):\s*$/.test(source.slice(0, at)) && /^[A-Z{][^A-Z]/.test(value)) found.add(value);
  return [...found].filter((value) => /\p{L}/u.test(value));
}

/** Where the first argument that begins at `from` ends. */
function endOfArgument(source, from) {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    const char = source[at];
    if (char === "'" || char === '"' || char === '`') at = endOfLiteral(source, at) - 1;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) {
      if (depth === 0) return at;
      depth -= 1;
    } else if (char === ',' && depth === 0) return at;
  }
  return source.length;
}

function endOfStatement(source, from) {
  for (let at = from; at < source.length; at += 1) {
    const char = source[at];
    if (char === "'" || char === '"' || char === '`') at = endOfLiteral(source, at) - 1;
    else if (char === ';') return at;
  }
  return source.length;
}

/** A literal that something is compared with, or that is a key, is no sentence. */
const isCompared = (source, at, end) => /(===|!==|case)\s*$/.test(source.slice(Math.max(0, at - 8), at)) || /^\s*(===|!==|\])/.test(source.slice(end, end + 6));

function endOfLiteral(source, at) {
  const quote = source[at];
  for (let end = at + 1; end < source.length; end += source[end] === '\\' ? 2 : 1)
    if (source[end] === quote || (quote !== '`' && source[end] === '\n')) return end + 1;
  return source.length;
}

/** Every quoted literal of a source, without those in comments. @param {string} source @returns {{at: number, end: number, value: string}[]} */
function literalsIn(source) {
  const found = [];
  for (let at = 0; at < source.length; at += 1) {
    if (source.startsWith('//', at) && source[at - 1] !== ':') at = Math.max(at, source.indexOf('\n', at) < 0 ? source.length : source.indexOf('\n', at));
    else if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1;
    else if (source[at] === "'" || source[at] === '"') {
      // An apostrophe between letters stands in the text of an element.
      if (source[at] === "'" && /\w/.test(source[at - 1] ?? '') && /\w/.test(source[at + 1] ?? '')) continue;
      const end = endOfLiteral(source, at);
      const raw = source.slice(at + 1, end - 1);
      if (!raw.includes('\n'))
        found.push({
          at,
          end,
          value: raw.replaceAll(/\\(u[0-9a-f]{4}|.)/g, (_, escaped) =>
            escaped.length === 5 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : escaped,
          ),
        });
      at = end - 1;
    }
  }
  return found;
}
