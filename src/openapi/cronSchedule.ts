// Cron schedules in the form that CronJobs take: five fields, or a name such as @daily, in a time zone.

interface Field {
  values: ReadonlySet<number>;
  /** Written as `*` or `?`: the days of the month and of the week combine in another way then. */
  any: boolean;
}

export interface CronSchedule {
  minute: Field;
  hour: Field;
  day: Field;
  month: Field;
  weekday: Field;
  /** For `@every`: the pause in milliseconds, instead of the fields. */
  everyMs?: number;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const names: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** A schedule that never comes (30 February) is given up after this many days. */
const horizonDays = 5 * 366;

/** Reads a schedule. Throws an Error whose message says what is wrong with it. */
export function parseCronSchedule(text: string): CronSchedule {
  const trimmed = text.trim();
  const every = /^@every\s+(\S+)$/.exec(trimmed);
  const [minute, hour, day, month, weekday, ...rest] = (names[trimmed] ?? (every ? '* * * * *' : trimmed)).split(/\s+/);
  if (weekday === undefined || rest.length > 0) {
    if (trimmed.startsWith('@')) throw new Error(`unrecognized descriptor: ${trimmed}`);
    throw new Error(`expected exactly 5 fields, found ${String(trimmed === '' ? 0 : trimmed.split(/\s+/).length)}: [${trimmed}]`);
  }
  return {
    minute: fieldOf(minute ?? '', 0, 59, []),
    hour: fieldOf(hour ?? '', 0, 23, []),
    day: fieldOf(day ?? '', 1, 31, []),
    month: fieldOf(month ?? '', 1, 12, monthNames),
    weekday: fieldOf(weekday, 0, 6, dayNames),
    ...(every ? { everyMs: durationMs(every[1] ?? '') } : {}),
  };
}

function durationMs(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 60 * minuteMs, m: minuteMs, s: 1_000 };
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  const totalMs = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  if (parts.map(([part]) => part).join('') !== text || totalMs < 1_000) throw new Error(`failed to parse duration @every ${text}`);
  return totalMs;
}

function fieldOf(text: string, min: number, max: number, words: readonly string[]): Field {
  const values = new Set<number>();
  let any = false;
  const numberOf = (part: string): number => {
    const word = words.indexOf(part.toLowerCase());
    if (word >= 0) return word + min;
    if (!/^\d{1,4}$/.test(part)) throw new Error(`failed to parse int from ${part}`);
    return Number(part);
  };
  for (const part of text.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    const [from = '', to, ...further] = range.split('-');
    if (more.length > 0 || further.length > 0) throw new Error(`too many hyphens or slashes: ${part}`);
    const whole = from === '*' || from === '?';
    const start = whole ? min : numberOf(from);
    const end = whole ? max : to !== undefined ? numberOf(to) : step === undefined ? start : max;
    const by = step === undefined ? 1 : numberOf(step);
    if (start < min) throw new Error(`beginning of range (${String(start)}) below minimum (${String(min)}): ${part}`);
    if (end > max) throw new Error(`end of range (${String(end)}) above maximum (${String(max)}): ${part}`);
    if (start > end) throw new Error(`beginning of range (${String(start)}) beyond end of range (${String(end)}): ${part}`);
    if (by === 0) throw new Error(`step of range should be a positive number: ${part}`);
    if (whole && by === 1) any = true;
    for (let value = start; value <= end; value += by) values.add(value);
  }
  return { values, any };
}

/** How far the wall clock of a time zone is ahead of UTC at a moment, in milliseconds. */
function offsetMs(format: Intl.DateTimeFormat, atMs: number): number {
  const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const wallMs = Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'], part['hour'], part['minute'], part['second']);
  return wallMs - Math.floor(atMs / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const digits = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  return new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...digits });
}

/**
 * False for a name that is none in the time zone database. Offsets such as `+01:00`, and names in other letters' cases, are
 * known here but not to the API server, which looks names up as files.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    const known = formatOf(name).resolvedOptions().timeZone;
    return known === name || known.toLowerCase() !== name.toLowerCase();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The first moment after `afterMs` (milliseconds since the epoch) at which the schedule is due; undefined when none comes
 * within five years. Where both days are restricted, either will do. A time that the change to summer time leaves out is
 * left out that day; one that comes twice counts the first time.
 */
export function nextTime(schedule: CronSchedule, afterMs: number, timeZone = 'UTC'): number | undefined {
  if (schedule.everyMs !== undefined) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs;
  const format = formatOf(timeZone);
  const wall = new Date(afterMs + offsetMs(format, afterMs));
  let midnightMs = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
  const hours = [...schedule.hour.values].sort((a, b) => a - b);
  const minutes = [...schedule.minute.values].sort((a, b) => a - b);
  for (let days = 0; days < horizonDays; days++, midnightMs += dayMs) {
    if (!dayMatches(schedule, new Date(midnightMs))) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const found = momentOf(format, midnightMs + hour * 60 * minuteMs + minute * minuteMs);
        if (found !== undefined && found > afterMs) return found;
      }
    }
  }
  return undefined;
}

/** The moment at which the wall clock shows this time, given as if it were UTC; undefined when it never does. */
function momentOf(format: Intl.DateTimeFormat, wallMs: number): number | undefined {
  const earlier = wallMs - offsetMs(format, wallMs - dayMs / 2);
  if (earlier + offsetMs(format, earlier) === wallMs) return earlier;
  const later = wallMs - offsetMs(format, wallMs + dayMs / 2);
  return later + offsetMs(format, later) === wallMs ? later : undefined;
}

function dayMatches({ day, month, weekday }: CronSchedule, date: Date): boolean {
  if (!month.values.has(date.getUTCMonth() + 1)) return false;
  const inMonth = day.values.has(date.getUTCDate());
  const inWeek = weekday.values.has(date.getUTCDay());
  return day.any || weekday.any ? inMonth && inWeek : inMonth || inWeek;
}
