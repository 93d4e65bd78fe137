import type { StatusLine } from './statusWords';

/** Pods shown one by one; more of them are a number. */
const maxDots = 6;

/** All that the foot of a card shows, as plain values that are cheap to compare. */
export interface FootContent {
  readonly tone: StatusLine['tone'];
  readonly icon: string;
  readonly spin: boolean;
  readonly label: string;
  readonly detail: string;
  readonly hint: string;
  readonly title: string;
  readonly stale: boolean;
  readonly pods?: { readonly ready: number; readonly desired: number; readonly words: string };
  readonly address?: string;
}

function span(className: string, ...children: readonly Node[]): HTMLSpanElement {
  const made = document.createElement('span');
  made.className = className;
  made.append(...children);
  return made;
}

/** Kept from screen readers: what it shows is said in words beside it. */
function unsaid<E extends HTMLElement>(element: E): E {
  element.setAttribute('aria-hidden', 'true');
  return element;
}

/**
 * Draws the foot of a card and its accent, and writes to the page only what differs from what it drew before. A thousand statuses
 * a second come this way, and for these React's own comparing would cost several times as much as drawing.
 */
export class StatusFoot {
  readonly #accent: HTMLElement;
  readonly #foot: HTMLElement;
  readonly #icon = unsaid(span(''));
  readonly #label = document.createTextNode('');
  readonly #detail = document.createTextNode('');
  readonly #detailPlace = span('status-detail', this.#detail);
  readonly #hint = span('status-hint');
  readonly #dots = unsaid(span('pod-dots'));
  /** The dots in view, and how many of them are lit. */
  readonly #dotList: HTMLSpanElement[] = [];
  #lit = 0;
  readonly #podWords = document.createTextNode('');
  readonly #podCount = document.createTextNode('');
  readonly #pods = span('status-pods', span('sr-only', this.#podWords), unsaid(span('', this.#podCount)));
  readonly #address = span('status-address');
  #shown: FootContent | undefined;

  constructor(accent: HTMLElement, foot: HTMLElement) {
    this.#accent = accent;
    this.#foot = foot;
    foot.replaceChildren(this.#icon, span('status-label', this.#label), this.#detailPlace);
  }

  show(next: FootContent): void {
    const before = this.#shown;
    this.#shown = next;
    if (next.tone !== before?.tone) {
      this.#accent.dataset['tone'] = next.tone;
      this.#foot.dataset['tone'] = next.tone;
    }
    if (next.stale !== before?.stale) this.#foot.dataset['stale'] = String(next.stale);
    if (next.title !== before?.title) this.#foot.title = next.title;
    if (next.icon !== before?.icon || next.spin !== before.spin) this.#icon.className = `codicon codicon-${next.icon}${next.spin ? ' is-spinning' : ''}`;
    if (next.label !== before?.label) this.#label.data = next.label;
    if (next.detail !== before?.detail) this.#detail.data = next.detail;
    if (next.hint !== (before?.hint ?? '')) {
      this.#hint.textContent = next.hint;
      if (next.hint === '') this.#hint.remove();
      else this.#detailPlace.append(this.#hint);
    }
    this.#showPods(next.pods, before?.pods);
    if (next.address !== before?.address) {
      this.#address.textContent = next.address ?? '';
      if (next.address === undefined) this.#address.remove();
      else this.#foot.append(this.#address);
    }
  }

  #showPods(next: FootContent['pods'], before: FootContent['pods']): void {
    if (next === undefined) {
      if (before !== undefined) this.#pods.remove();
      return;
    }
    if (before === undefined) this.#foot.append(this.#pods);
    if (next.ready === before?.ready && next.desired === before.desired) return;
    this.#podWords.data = next.words;
    this.#podCount.data = `${next.ready}/${next.desired}`;
    this.#showDots(next.desired > maxDots ? 0 : next.desired, next.ready);
  }

  #showDots(count: number, ready: number): void {
    const list = this.#dotList;
    if (count === 0 && list.length > 0) this.#dots.remove();
    if (count > 0 && list.length === 0) this.#pods.prepend(this.#dots);
    while (list.length > count) list.pop()?.remove();
    while (list.length < count) {
      const dot = span(list.length < this.#lit ? 'pod-dot is-ready' : 'pod-dot');
      list.push(dot);
      this.#dots.append(dot);
    }
    for (let index = Math.min(this.#lit, ready); index < Math.max(this.#lit, ready); index++) {
      const dot = list[index];
      if (dot !== undefined) dot.className = index < ready ? 'pod-dot is-ready' : 'pod-dot';
    }
    this.#lit = ready;
  }
}
