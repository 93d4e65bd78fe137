import type { StyledSpan } from '../shared/textStyle';
import { isSuspicious, piecesOf } from './clean';

/** A line's text without any escape sequence, and what its colour sequences said about parts of it. */
export interface StyledLine {
  readonly message: string;
  readonly styles?: readonly StyledSpan[];
}

type Style = { -readonly [K in Exclude<keyof StyledSpan, 'from' | 'to'>]?: StyledSpan[K] };

/** A line with more changes of style than this is meant to be slow, not to be read; the rest of it stays plain. */
const maxSpans = 200;
// Select Graphic Rendition (ECMA-48 8.3.117) and nothing else: no private parameters, no intermediates.
const graphics = new RegExp('^(?:\\u001b\\[|\\u009b)([0-9;:]{0,64})m$');
const introducer = '\u001b';
/** The same, for taking all of them out of a text at once. */
const plainGraphics = new RegExp('\\u001b\\[[0-9;:]{0,64}m', 'g');
const loneReturn = /\r(?=.)/g;
/** No style at all; told by its identity. */
const plain: Style = {};

/**
 * Reads one line as a terminal would where that is harmless, which is its colours only: every other sequence is taken out.
 * A return to the line's beginning, with which a terminal would hide what came before, becomes a visible sign. A style ends
 * with its line; programs that log set it anew on each.
 */
export function styledLine(raw: string): StyledLine {
  if (!isSuspicious(raw)) return { message: raw.toWellFormed() };
  const bare = withoutColours(raw);
  if (bare === undefined) return anySequences(raw);
  const styles = stylesIn(raw, 0, raw.length);
  return styles === undefined ? { message: bare.toWellFormed() } : { message: bare.toWellFormed(), styles };
}

/** The text without its colour sequences; undefined when anything else in it must not be shown as it is. */
export function withoutColours(text: string): string | undefined {
  const bare = text.includes(introducer) ? text.replace(plainGraphics, '') : text;
  return isSuspicious(bare) ? undefined : bare;
}

/** The styles of the line between two places of a text of which `withoutColours` has nothing to complain. */
export function stylesIn(text: string, start: number, end: number): readonly StyledSpan[] | undefined {
  let styles: readonly StyledSpan[] | undefined;
  let style = plain;
  let at = start;
  /** Where the stretch begins in what is left of the line. */
  let from = 0;
  for (;;) {
    const found = text.indexOf(introducer, at);
    const stretchEnd = found < 0 || found >= end ? end : found;
    const to = from + stretchEnd - at;
    if (to > from && style !== plain) styles = styles === undefined ? spanOf(from, to, style) : [...styles, ...spanOf(from, to, style)];
    if (stretchEnd === end || styles?.length === maxSpans) return styles;
    const last = text.indexOf('m', stretchEnd);
    style = styleAfter(style, text.slice(stretchEnd + 2, last));
    from = to;
    at = last + 1;
  }
}

function anySequences(raw: string): StyledLine {
  const styles: StyledSpan[] = [];
  let message = '';
  let style: Style = plain;
  piecesOf(
    raw.replace(loneReturn, '\u240d'),
    (piece) => {
      const from = message.length;
      message += piece;
      if (piece !== '' && style !== plain && styles.length < maxSpans) styles.push(...spanOf(from, message.length, style));
    },
    (sequence) => {
      const found = graphics.exec(sequence);
      if (found !== null) style = styleAfter(style, found[1] ?? '');
    },
  );
  message = message.toWellFormed();
  return styles.length === 0 ? { message } : { message, styles };
}

/** Programs colour the same places of every line: such stretches are one object. Bounded, as logs are not. */
const spans = new Map<string, readonly [StyledSpan]>();
const begun = new Map<string, Style>();
const maxRemembered = 1000;

function spanOf(from: number, to: number, style: Style): readonly [StyledSpan] {
  const key = `${from} ${to} ${style.color ?? ''} ${style.background ?? ''}`;
  const known = isColourOnly(style) ? spans.get(key) : undefined;
  if (known !== undefined) return known;
  const alone = [{ from, to, ...shown(style) }] as const;
  if (isColourOnly(style) && spans.size < maxRemembered) spans.set(key, alone);
  return alone;
}

function isColourOnly(style: Style): boolean {
  return !(style.bold ?? style.dim ?? style.italic ?? style.underline ?? style.strike ?? false);
}

/** Text in the colour of its own background could not be seen, so it loses the background. */
function shown(style: Style): Style {
  if (style.background === undefined || style.background !== style.color) return style;
  const { background: _, ...rest } = style;
  return rest;
}

function styleAfter(before: Style, parameters: string): Style {
  if (parameters === '' || parameters === '0') return plain;
  // Nearly every colour begins where there was none, and programs have few of them.
  const known = before === plain ? begun.get(parameters) : undefined;
  if (known !== undefined) return known;
  const changed = changedStyle(before, parameters);
  const style = Object.keys(changed).length === 0 ? plain : changed;
  if (before === plain && begun.size < maxRemembered) begun.set(parameters, style);
  return style;
}

function changedStyle(before: Style, parameters: string): Style {
  let style = { ...before };
  const codes = parameters === '' ? ['0'] : parameters.split(';');
  for (let at = 0; at < codes.length; at++) {
    const parts = (codes[at] ?? '').split(':').map(Number);
    const code = parts[0] ?? 0;
    if (code === 0) style = {};
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4 && parts[1] !== 0) style.underline = true;
    else if (code === 7 || code === 27) style = swapped(style, code === 7);
    else if (code === 9) style.strike = true;
    else if (code === 22) style = without(style, 'bold', 'dim');
    else if (code === 23) style = without(style, 'italic');
    else if (code === 24 || code === 4) style = without(style, 'underline');
    else if (code === 29) style = without(style, 'strike');
    else if (code >= 30 && code <= 37) style.color = code - 30;
    else if (code === 39) style = without(style, 'color');
    else if (code >= 40 && code <= 47) style.background = code - 40;
    else if (code === 49) style = without(style, 'background');
    else if (code >= 90 && code <= 97) style.color = code - 82;
    else if (code >= 100 && code <= 107) style.background = code - 92;
    else if (code === 38 || code === 48 || code === 58) {
      // With colons the colour is one parameter; with semicolons, as most programs write it, it is the next ones.
      const joined = parts.length > 1;
      const rest = joined ? parts.slice(1) : codes.slice(at + 1, at + 5).map(Number);
      const { colour, length } = fineColour(rest, joined);
      if (!joined) at += length;
      // 58 is the colour of underlines, which the view draws in the text's own.
      if (colour !== undefined && code === 38) style.color = colour;
      if (colour !== undefined && code === 48) style.background = colour;
    }
  }
  return style;
}

/** Swaps text and background; without colours of their own, the text becomes black on white as in a reversed terminal. */
function swapped(style: Style, reversed: boolean): Style {
  if (!reversed) return without(style, 'background');
  return { ...style, color: style.background ?? 0, background: style.color ?? 7 };
}

function without(style: Style, ...names: readonly (keyof Style)[]): Style {
  const rest = { ...style };
  for (const name of names) delete rest[name];
  return rest;
}

/** The colour that the parameters after 38 or 48 name, as one of the 16, and how many of them it took. */
function fineColour(parameters: readonly number[], joined: boolean): { readonly colour: number | undefined; readonly length: number } {
  if (parameters[0] === 5) return { colour: ofPalette(parameters[1] ?? -1), length: 2 };
  if (parameters[0] !== 2) return { colour: undefined, length: parameters.length === 0 ? 0 : 1 };
  // ISO 8613-6 has a colour space between the kind and the three values; most programs that use colons leave it out.
  const values = joined && parameters.length > 4 ? parameters.slice(2, 5) : parameters.slice(1, 4);
  const [red = -1, green = -1, blue = -1] = values;
  const valid = [red, green, blue].every((value) => value >= 0 && value <= 255);
  return { colour: valid ? nearest(red, green, blue) : undefined, length: 4 };
}

function ofPalette(index: number): number | undefined {
  if (!(index >= 0 && index <= 255)) return undefined;
  if (index < 16) return index;
  if (index >= 232) return nearest((index - 232) * 10 + 8, (index - 232) * 10 + 8, (index - 232) * 10 + 8);
  const level = (step: number): number => (step === 0 ? 0 : step * 40 + 55);
  const cube = index - 16;
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

/** By hue where there is one, else by brightness: what makes two colours look alike in any theme. */
function nearest(red: number, green: number, blue: number): number {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (high - low < 32 || high < 40) return high < 64 ? 0 : high < 140 ? 8 : high < 216 ? 7 : 15;
  const middle = (high + low) / 2;
  const bits = (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0);
  return high > 200 && low > 60 ? bits + 8 : bits;
}
