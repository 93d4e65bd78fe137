import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, sameJson } from '../../shared/json';
import { isSorted, placeFor } from '../../shared/applyEdit';
import type { LineIndex } from './lineIndex';
import { PartsEditor } from './partsEditor';
import { TextSplices } from './textSplices';
import type { YamlEntry, YamlItem, YamlNode, YamlTree } from './yamlTree';
import type { Quote, YamlWriting } from './yamlText';
import { afterDash, afterKey, flowEntry, flowText, scalarText } from './yamlText';

/** Thrown where an edit would change more than it means to. The message says what is in the way. */
export class SharedValueError extends Error {}

/** The place of a value in its map or list. */
export interface Slot {
  /** After the colon or the dash, or where a value of a flow list begins. */
  readonly after: number;
  readonly isFlow: boolean;
  /** What the value belongs to; a key that stands alone in a flow map still lacks its colon. */
  readonly owner: 'entry' | 'bare-key' | 'item';
  /** Column of the key or the dash. */
  readonly column: number;
}

export interface MapInsert {
  readonly key: string;
  readonly json: JsonValue;
  /** Index of the entry of the text that comes next; the number of entries for the end. */
  readonly before: number;
  /** What follows the key in a block, where `json` cannot keep the order of its keys. */
  readonly text?: string;
}

/** How a map changes. Keys are those of the text before. */
export interface MapChange {
  readonly rename?: ReadonlyMap<string, string>;
  readonly remove?: ReadonlySet<string>;
  readonly update?: ReadonlyMap<string, (slot: Slot, node: YamlNode) => void>;
  /** In the order in which they shall stand. */
  readonly insert?: readonly MapInsert[];
}

/** Turns changes of values into replacements of text, one after the other, all against the same tree. */
export class TreeEditor {
  readonly splices: TextSplices;
  readonly #text: string;
  readonly #tree: YamlTree;
  readonly #lines: LineIndex;
  readonly #writing: YamlWriting;
  readonly #parts: PartsEditor;

  constructor(text: string, tree: YamlTree, lines: LineIndex, writing: YamlWriting) {
    this.splices = new TextSplices(text, lines);
    this.#text = text;
    this.#tree = tree;
    this.#lines = lines;
    this.#writing = writing;
    this.#parts = new PartsEditor(text, lines, this.splices, writing.newline);
  }

  /** Makes the value of a slot equal `json`, descending as far as the shapes agree. */
  setValue(slot: Slot, node: YamlNode, json: JsonValue): void {
    if (sameJson(node.json, json)) return;
    this.#refuseShared(node, json);
    if (node.kind === 'map' && node.entries.length > 0 && isJsonObject(json) && Object.keys(json).length > 0) this.#setMap(slot, node, json);
    else if (node.kind === 'seq' && Array.isArray(json) && json.length > 0 && node.items.length > 0)
      this.#setList(slot, node, json as readonly JsonValue[], (child, value) => sameJson(child.json, value));
    else this.replaceValue(slot, node, json);
  }

  /** `setValue` for a list of names, which are compared as they are written: `on` is a name here and stays without quotes. */
  setNames(slot: Slot, node: YamlNode, names: readonly string[]): void {
    if (node.kind !== 'seq' || node.items.length === 0 || names.length === 0) this.setValue(slot, node, names);
    else {
      this.#refuseShared(node, names);
      this.#setList(slot, node, names, (child, name) => child.kind === 'scalar' && child.source === name);
    }
  }

  /** Changes the entries of a map that has some; a map that loses them all is left as `{}`. */
  editMap(slot: Slot | undefined, node: YamlNode, change: MapChange): void {
    const removed = new Set<number>();
    node.entries.forEach((entry, index) => {
      if (!entry.isMerge && change.remove?.has(entry.key) === true) removed.add(index);
    });
    for (const [key, newKey] of change.rename ?? []) {
      const entry = this.#tree.entryOf(node, key);
      if (entry !== undefined) this.#renameKey(entry, newKey, node.style === 'flow');
    }
    for (const [key, update] of change.update ?? []) {
      const entry = this.#tree.entryOf(node, key);
      if (entry !== undefined) update(this.slotOf(node, entry), entry.value);
    }
    const inserts = change.insert ?? [];
    if (removed.size + (change.rename?.size ?? 0) + (change.update?.size ?? 0) + inserts.length > 0) this.#refuseShared(node, jsonObject());
    if (removed.size === node.entries.length && slot !== undefined) {
      this.replaceValue(slot, node, jsonObject(inserts.map(({ key, json }) => [key, json])));
      return;
    }
    this.#parts.edit(
      node,
      node.entries,
      slot?.after ?? 0,
      removed,
      inserts.map(({ key, json, before, text }) => ({
        before,
        flow: flowEntry(key, json, this.#writing.isJson),
        block: (column) => scalarText(key, false) + ':' + (text ?? afterKey(json, column, this.#writing)),
      })),
    );
  }

  /** Changes the items of a list that has some; one that loses them all is left as `[]`. */
  editList(slot: Slot, node: YamlNode, removed: ReadonlySet<number>, inserts: readonly { readonly json: JsonValue; readonly before: number }[]): void {
    if (removed.size > 0 || inserts.length > 0) this.#refuseShared(node, []);
    if (removed.size === node.items.length) {
      this.replaceValue(
        slot,
        node,
        inserts.map(({ json }) => json),
      );
      return;
    }
    this.#parts.edit(
      node,
      node.items,
      slot.after,
      removed,
      inserts.map(({ json, before }) => ({
        before,
        flow: flowText(json, this.#writing.isJson),
        block: (column) => '-' + afterDash(json, column, this.#writing),
      })),
    );
  }

  /** Writes a value anew (in a block as `written`, where that is given). A comment behind it on its first or last line stays. */
  replaceValue(slot: Slot, node: YamlNode, json: JsonValue, written?: string): void {
    if (slot.isFlow) {
      this.#replaceInFlow(slot, node, json);
      return;
    }
    const isInline = json === null || typeof json !== 'object';
    if (isInline && node.kind === 'scalar' && !node.isTagged && node.style !== 'literal' && node.style !== 'folded' && !String(json).includes('\n')) {
      this.splices.replace(node.start, node.end, scalarText(json, false, node.style as Quote));
      return;
    }
    const text = written ?? (slot.owner === 'item' ? afterDash(json, slot.column, this.#writing) : afterKey(json, slot.column, this.#writing));
    this.#replaceBlock(slot, node, text);
  }

  slotOf(map: YamlNode, entry: YamlEntry): Slot {
    const isFlow = map.style === 'flow';
    return { after: entry.colonEnd, isFlow, owner: entry.hasColon ? 'entry' : 'bare-key', column: this.#parts.columnOf(entry.start) };
  }

  slotOfItem(list: YamlNode, item: YamlItem): Slot {
    const isFlow = list.style === 'flow';
    return { after: isFlow ? item.value.propsStart : item.dashEnd, isFlow, owner: 'item', column: this.#parts.columnOf(item.start) };
  }

  #setMap(slot: Slot, node: YamlNode, json: JsonObject): void {
    const before = node.json as JsonObject;
    const own = new Set(node.entries.filter((entry) => !entry.isMerge).map((entry) => entry.key));
    const stays = node.entries.filter((entry) => !entry.isMerge && Object.hasOwn(json, entry.key)).map((entry) => entry.key);
    const update = new Map<string, (slot: Slot, node: YamlNode) => void>();
    const insert: MapInsert[] = [];
    for (const [key, value] of Object.entries(json)) {
      if (own.has(key)) update.set(key, (inner, child) => this.setValue(inner, child, value));
      else if (!Object.hasOwn(before, key) || !sameJson(before[key], value)) insert.push({ key, json: value, before: this.#placeIn(node, stays, key) });
    }
    this.editMap(slot, node, { remove: new Set([...own].filter((key) => !Object.hasOwn(json, key))), update, insert });
  }

  /** New keys of a map go to their sorted place when its keys are sorted (and there are two to tell by), else to the end. */
  #placeIn(node: YamlNode, stays: readonly string[], key: string): number {
    if (stays.length < 2 || !isSorted(stays)) return node.entries.length;
    const next = stays[placeFor(stays, key)];
    return next === undefined ? node.entries.length : node.entries.findIndex((entry) => entry.key === next);
  }

  /** Keeps what is equal at both ends and changes the items between them one by one. */
  #setList(slot: Slot, node: YamlNode, json: readonly JsonValue[], same: (child: YamlNode, value: JsonValue) => boolean): void {
    const items = node.items;
    const shorter = Math.min(items.length, json.length);
    const isSame = (item: YamlItem | undefined, value: JsonValue | undefined): boolean => item !== undefined && value !== undefined && same(item.value, value);
    let head = 0;
    while (head < shorter && isSame(items[head], json[head])) head += 1;
    let tail = 0;
    while (tail < shorter - head && isSame(items.at(-1 - tail), json.at(-1 - tail))) tail += 1;
    const oldEnd = items.length - tail;
    const newEnd = json.length - tail;
    const paired = Math.min(oldEnd, newEnd);
    for (let index = head; index < paired; index += 1) {
      const item = items[index];
      const value = json[index];
      if (item !== undefined && value !== undefined) this.setValue(this.slotOfItem(node, item), item.value, value);
    }
    const removed = new Set<number>();
    for (let index = paired; index < oldEnd; index += 1) removed.add(index);
    const inserts = json.slice(paired, newEnd).map((value) => ({ json: value, before: oldEnd }));
    this.editList(slot, node, removed, inserts);
  }

  #renameKey(entry: YamlEntry, key: string, isFlow: boolean): void {
    const first = this.#text[entry.keyStart];
    const quote: Quote = first === '"' ? 'double' : first === "'" ? 'single' : 'plain';
    this.splices.replace(entry.keyStart, entry.keyEnd, scalarText(key, isFlow, quote));
  }

  #replaceInFlow(slot: Slot, node: YamlNode, json: JsonValue): void {
    const isScalar = json === null || typeof json !== 'object';
    const keepsQuote = isScalar && node.kind === 'scalar' && !node.isTagged;
    const isQuoted = keepsQuote && (node.style === 'double' || node.style === 'single');
    const text = isQuoted ? scalarText(json, true, node.style) : flowText(json, this.#writing.isJson);
    if (node.kind === 'empty' && slot.owner !== 'item') this.splices.replace(slot.after, node.end, slot.owner === 'bare-key' ? `: ${text}` : ` ${text}`);
    else this.splices.replace(keepsQuote ? node.start : node.propsStart, node.end, text);
  }

  #replaceBlock(slot: Slot, node: YamlNode, text: string): void {
    const lines = this.#lines;
    const [head = '', ...rest] = text.split(this.#writing.newline);
    const tail = rest.map((line) => this.#writing.newline + line).join('');
    const markLine = lines.lineOf(slot.after);
    const startLine = node.kind === 'empty' ? markLine : lines.lineOf(node.start);
    if (startLine > markLine) {
      // The old block stands below its key, and what is behind the key on its line is a comment (or an anchor, which goes).
      const keyEnd = node.propsStart < node.start && lines.lineOf(node.propsStart) === markLine ? this.#propsEnd(slot.after, node) : slot.after;
      this.splices.replace(slot.after, keyEnd, head);
      this.splices.replace(lines.endOfLine(markLine), lines.endOfLine(lines.lineOf(node.end)), tail);
      return;
    }
    const endOfLine = lines.endOfLine(lines.lineOf(node.end));
    const hasComment = this.#text.slice(node.end, endOfLine).trim() !== '';
    if (tail === '' || !hasComment) {
      this.splices.replace(slot.after, node.end, text);
      return;
    }
    this.splices.replace(slot.after, node.end, head);
    this.splices.insert(endOfLine, tail);
  }

  /** The end of an anchor or tag behind a key: the last character before a comment or the line's end. */
  #propsEnd(from: number, node: YamlNode): number {
    const line = this.#text.slice(from, this.#lines.endOfLine(this.#lines.lineOf(node.propsStart)));
    const comment = /\s#/.exec(line)?.index ?? line.length;
    return from + line.slice(0, comment).trimEnd().length;
  }

  /** A value that other places repeat cannot change here without changing there. */
  #refuseShared(node: YamlNode, json: JsonValue): void {
    if (node.anchor !== undefined && this.#tree.usedAnchors.has(node.anchor)) {
      throw new SharedValueError(`The value is marked "&${node.anchor}" and used elsewhere by the alias "*${node.anchor}". Edit it in the text.`);
    }
    if (node.kind === 'alias' && (isCollection(node.json) || isCollection(json))) {
      throw new SharedValueError(`The value comes from the alias "*${node.source}". Edit it in the text.`);
    }
  }
}

function isCollection(json: JsonValue): boolean {
  return json !== null && typeof json === 'object';
}
