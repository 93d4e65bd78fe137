const escape = '\u001b';

const introducers = [
  `${escape}]0;title`,
  `${escape}]8;;https://evil.test/`,
  `${escape}]8;;javascript:alert(1)`,
  `${escape}]9;notify`,
  `${escape}]52;c;aGlkZGVu`,
  `${escape}]133;A`,
  `${escape}]633;E;rm -rf /`,
  `${escape}]1337;File=name=x:aGk=`,
  `${escape}]4;1;?`,
  `${escape}]10;?`,
  `${escape}P1$r0m`,
  `${escape}P+q544e`,
  `${escape}_Gf=100;AAAA`,
  `${escape}^private`,
  `${escape}Xstring`,
  '\u009d52;c;aGk=',
  '\u0090q#0',
];
const terminators = ['\u0007', `${escape}\\`, '\u009c', ''];
const controls = [
  ...[
    '2J',
    'H',
    '10A',
    '3B',
    '999C',
    '5D',
    '6n',
    'c',
    '>c',
    '?1049h',
    '?2004h',
    '5n',
    's',
    'u',
    '0x',
    '18t',
    '21t',
    '!p',
    '8m',
    '38;5;999m',
    '31;m',
    '?25l',
    '1;1r',
  ].map((tail) => `${escape}[${tail}`),
  '\u009b31m',
  `${escape}c`,
  `${escape}7`,
  `${escape}(0`,
  `${escape}#8`,
  `${escape}Z`,
  escape,
  `${escape}[`,
  `${escape}]`,
  '\u0005',
  '\u0007',
  '\u0008\u0008\u0008',
  '\u000e',
  '\u007f',
  '\r',
  '\u0000',
];
const directions = ['\u202a', '\u202b', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u200e', '\u200f', '\u061c'];
const markup = [
  '<img src=x onerror=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<script>alert(1)</script>',
  '[x](command:workbench.action.quit)',
  'https://example.test/<svg onload=alert(1)>',
];

/** More than six hundred lines that try to do something to a terminal, a page or a reader. Each is different. */
export function hostileTexts(): readonly string[] {
  const texts = new Set<string>();
  for (const [at, introducer] of introducers.entries())
    for (const terminator of terminators) for (const inner of ['', ...markup]) texts.add(`line ${at} ${introducer}${inner}${terminator}after`);
  for (const control of controls) {
    for (const direction of directions.slice(0, 4)) texts.add(`before ${control}middle${direction}txt.exe\u202c end`);
    for (const html of markup) texts.add(`${control}${html}${control}`);
  }
  for (const direction of directions) for (const html of markup) texts.add(`${direction}${html}`);
  return [...texts];
}

const scripts = ['alert(1)', 'fetch("https://evil.test")', 'window.open("https://evil.test")', 'print()', 'navigator.clipboard.writeText("x")'];
const quotes = ['', '"', "'", '`', '">', "'>", '</p>', '</script>', '-->', ']]>'];
const makers: readonly ((script: string) => string)[] = [
  (script) => `<img src=x onerror='${script}'>`,
  (script) => `<svg onload='${script}'>`,
  (script) => `<script>${script}</script>`,
  (script) => `<a href='javascript:${script}'>x</a>`,
  (script) => `<iframe srcdoc='<script>${script}</script>'></iframe>`,
  (script) => `<details open ontoggle='${script}'>x</details>`,
  (script) => `<math><mi xlink:href='javascript:${script}'>x</mi></math>`,
  (script) => `<form action='javascript:${script}'><button autofocus onfocus='${script}'>x</button></form>`,
  (script) => `[x](javascript:${script.replaceAll(/[()"]/g, '')})`,
  (script) => `[x](command:workbench.action.terminal.sendSequence?${encodeURIComponent(script)})`,
];

/** Five hundred texts that try to become markup, a script or a link. Each is different. */
export function scriptTexts(): readonly string[] {
  return quotes.flatMap((quote) => makers.flatMap((make) => scripts.map((script) => `${quote}${make(script)}`)));
}
