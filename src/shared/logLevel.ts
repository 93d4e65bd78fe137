/** How grave a line is, as far as it says so itself. */
export const logLevels = ['error', 'warning', 'info', 'debug', 'none'] as const;
export type LogLevel = (typeof logLevels)[number];

const words: Readonly<Record<string, LogLevel>> = {
  fatal: 'error',
  panic: 'error',
  critical: 'error',
  crit: 'error',
  alert: 'error',
  emerg: 'error',
  emergency: 'error',
  severe: 'error',
  error: 'error',
  err: 'error',
  warn: 'warning',
  warning: 'warning',
  notice: 'info',
  info: 'info',
  information: 'info',
  log: 'info',
  debug: 'debug',
  dbg: 'debug',
  trace: 'debug',
  verbose: 'debug',
};
/** Levels of bunyan and pino. */
const numbered: readonly (readonly [number, LogLevel])[] = [
  [50, 'error'],
  [40, 'warning'],
  [30, 'info'],
  [0, 'debug'],
];

/** A line says its level near its beginning; what follows may quote any word. */
const lookedAt = 256;
const named = /(?:^|[\s,{[(])"?(?:level|lvl|severity|loglevel)"?\s?[=:]\s?(?:"([A-Za-z]{3,11})"|([A-Za-z]{3,11})|(\d{1,2})\b)/;
// klog: a letter, month and day, then the time.
const klog = /^([IWEF])\d{4} \d\d:\d\d:\d\d/;
// The word in capitals or in brackets: in running text it is only a word.
const written =
  /(?:^|[\s|[(:<])(FATAL|PANIC|CRITICAL|CRIT|SEVERE|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)(?=$|[\s|\]):>,])|[[<](fatal|panic|critical|crit|error|err|warning|warn|notice|info|debug|trace)[\]>]|^(fatal|panic|error|warning|warn|info|debug|trace):/;

/** The level of a word or number such as `WARN` or 40; undefined when it is none. */
export function levelOfWord(word: string | number): LogLevel | undefined {
  if (typeof word === 'number') return numbered.find(([from]) => word >= from)?.[1];
  const lower = word.toLowerCase();
  return Object.hasOwn(words, lower) ? words[lower] : undefined;
}

/** The level that a line names: as JSON or logfmt, as klog does, or as a word in capitals or brackets near its beginning. */
export function levelOf(message: string): LogLevel {
  const head = message.length > lookedAt ? message.slice(0, lookedAt) : message;
  const field = named.exec(head);
  if (field !== null) {
    const found = levelOfWord(field[1] ?? field[2] ?? Number(field[3]));
    if (found !== undefined) return found;
  }
  const letter = klog.exec(head)?.[1];
  if (letter !== undefined) return letter === 'I' ? 'info' : letter === 'W' ? 'warning' : 'error';
  const word = written.exec(head);
  return word === null ? 'none' : (levelOfWord(word[1] ?? word[2] ?? word[3] ?? '') ?? 'none');
}
