import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import { imageReference } from '../../shared/imageReference';
import type { Registries } from '../registries/registries';
import { registryClient } from '../registries/registryClient';

/** How long tags are believed, and how long somebody who types waits for them, in milliseconds. */
const freshMs = 60_000;
const patienceMs = 3000;
const mostKept = 50;
const mostShown = 500;

const imageLine = /^\s*(?:-\s+)?(?:[{,]\s*)?image:\s*["']?([^\s"'#]+):([\w.-]*)$/;

/**
 * Tags behind the name of an image, of registries that were added: no other is ever asked, since what a file names is somebody else's
 * wish. A registry that does not answer is not waited for, and the log says why.
 */
export class ImageTags {
  readonly #registries: Registries;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #known = new Map<string, { readonly atMs: number; readonly tags: Promise<readonly string[]> }>();

  constructor(parts: { readonly registries: Registries; readonly clock: Clock; readonly log: Logger }) {
    this.#registries = parts.registries;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  async completions(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CompletionItem[]> {
    const found = imageLine.exec(document.lineAt(position.line).text.slice(0, position.character));
    if (found === null) return [];
    const [, name = '', typed = ''] = found;
    const range = new vscode.Range(position.translate(0, -typed.length), position);
    return (await this.tagsOf(name)).slice(-mostShown).map((tag, index, all) => {
      const item = new vscode.CompletionItem(tag, vscode.CompletionItemKind.Value);
      item.range = range;
      // Registries sort by name; what came last by that is most often the newest.
      item.sortText = String(all.length - index).padStart(4, '0');
      return item;
    });
  }

  /** The tags of an image by its name; none where no registry of its host was added, or it does not answer. */
  tagsOf(name: string): Promise<readonly string[]> {
    const image = imageReference(name);
    const registry = image === undefined ? undefined : this.#registries.for(image.host);
    if (image === undefined || registry === undefined) return Promise.resolve([]);
    const now = this.#clock.now();
    const key = `${registry.name} ${image.host}/${image.repository}`;
    const before = this.#known.get(key);
    if (before !== undefined && now - before.atMs < freshMs) return before.tags;
    const ask = async (): Promise<readonly string[]> => {
      const signal = AbortSignal.timeout(patienceMs);
      try {
        return await (await registryClient()).tags(image, await this.#registries.login(registry, now, signal), signal);
      } catch (error) {
        this.#log.info(`No tags from ${registry.name}: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    };
    const tags = ask();
    this.#known.delete(key);
    this.#known.set(key, { atMs: now, tags });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostKept) break;
      this.#known.delete(oldest);
    }
    return tags;
  }
}
