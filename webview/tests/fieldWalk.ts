import type { CatalogField } from '../../src/shared/catalog';
import type { BrowserHost } from '../bridge/browserHost';

export interface Walk {
  readonly nodeId: string;
  readonly fields: readonly CatalogField[];
  /** Fields that were set in another kind already, as JSON: the same field need only be there. */
  readonly known: readonly string[];
}

export interface WalkResult {
  /** How many values were set by their controls and found in the document. */
  readonly set: number;
  readonly faults: readonly string[];
  readonly seen: readonly string[];
}

/**
 * Goes through every field of a form as a hand does: finds its control by its place, looks whether it has a label and can be
 * used, sets it, and finds the value in the document. Runs in the page, so it must not use anything of this
 * module; it gets a `Walk` as JSON.
 */
export async function walkForm(walkJson: string): Promise<WalkResult> {
  const { nodeId, fields, known } = JSON.parse(walkJson) as Walk;
  type Path = readonly (string | number)[];
  type Kit = HTMLElement & { label?: string; disabled?: boolean; value?: string };
  const host = window.kubeorchHost as BrowserHost;
  const faults: string[] = [];
  const seen: string[] = [];
  const done = new Set(known);
  let set = 0;
  let number = 0;

  const valueAt = (path: Path): unknown =>
    path.reduce<unknown>(
      (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined),
      host.workflow.nodes.find((node) => node.id === nodeId)?.data,
    );
  const placeOf = (path: Path): HTMLElement | null => document.querySelector(`.inspector [data-field='${JSON.stringify(path)}']`);
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  async function until(what: () => boolean, otherwise: string): Promise<boolean> {
    for (let left = 800; left > 0; left -= 1) {
      if (what()) return true;
      await new Promise((resolve) => setTimeout(resolve, left > 780 ? 2 : 25));
    }
    faults.push(otherwise);
    return false;
  }
  /** What a section holds is drawn once it is opened. */
  async function openSections(): Promise<void> {
    for (const section of document.querySelectorAll<HTMLDetailsElement>('.inspector details')) section.open = true;
    const bodies = (): Element[] => [...document.querySelectorAll('.inspector .section-body')];
    await until(() => bodies().every((body) => body.childElementCount > 0), 'there is a section with nothing in it');
  }
  /** Controls of a place itself, not of the fields inside it. */
  const controls = (place: HTMLElement, selector: string): Kit[] =>
    [...place.querySelectorAll<Kit>(selector)].filter((one) => one.closest('[data-field]') === place);
  function usable(control: Kit | undefined, path: Path, what: string): control is Kit {
    const place = JSON.stringify(path);
    if (control === undefined) faults.push(`${place}: no ${what}`);
    else if ((control.getAttribute('label') ?? control.label ?? control.textContent ?? '').trim() === '') faults.push(`${place}: the ${what} has no label`);
    else if (control.disabled === true) faults.push(`${place}: the ${what} cannot be used`);
    else if (control.getClientRects().length === 0) faults.push(`${place}: the ${what} cannot be seen`);
    else return true;
    return false;
  }
  async function type(control: Kit, text: string): Promise<void> {
    const inner = control.shadowRoot?.querySelector<HTMLInputElement | HTMLTextAreaElement>('input, textarea');
    if (inner === null || inner === undefined) return void faults.push(`${control.tagName} has nothing to type in`);
    inner.value = text;
    inner.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    await turn();
    control.dispatchEvent(new FocusEvent('focusout', { bubbles: true, composed: true }));
  }
  async function expectValue(path: Path, wanted: unknown): Promise<void> {
    if (await until(() => JSON.stringify(valueAt(path)) === JSON.stringify(wanted), `${JSON.stringify(path)}: did not become ${JSON.stringify(wanted)}`))
      set += 1;
  }
  const textFor = (field: CatalogField): string => {
    number += 1;
    return field.type === 'number' ? String(number) : `v${number}`;
  };
  const choiceFor = (field: CatalogField): string | number | boolean | undefined =>
    field.options?.find((option) => option.value !== field.default)?.value ?? field.options?.[0]?.value;

  async function choose(place: HTMLElement, path: Path, wanted: string | number | boolean): Promise<void> {
    const [control] = controls(place, 'vscode-single-select');
    if (!usable(control, path, 'select')) return;
    control.value = String(wanted);
    control.dispatchEvent(new Event('change'));
    await expectValue(path, wanted);
  }

  /** Makes the field show that this one waits for. */
  async function open(field: CatalogField, level: readonly CatalogField[], path: Path): Promise<void> {
    const depends = field.dependsOn;
    const other = level.find((one) => one.name === depends?.field);
    const wanted = depends?.values[0];
    if (depends === undefined || other === undefined || placeOf([...path, field.name]) !== null) return;
    if (other.type === 'boolean') await tick(other, [...path, other.name], wanted === true);
    else {
      const place = placeOf([...path, other.name]);
      if (place !== null && typeof wanted !== 'object' && wanted !== undefined) await choose(place, [...path, other.name], wanted);
    }
    await openSections();
    await until(() => placeOf([...path, field.name]) !== null, `${JSON.stringify([...path, field.name])}: is not shown when ${depends.field} allows it`);
  }

  async function tick(field: CatalogField, path: Path, wanted: boolean): Promise<void> {
    const place = placeOf(path);
    const [control] = place === null ? [] : controls(place, 'vscode-checkbox');
    if (!usable(control, path, 'checkbox')) return;
    const box = control as Kit & { checked: boolean };
    if ((valueAt(path) ?? field.default ?? false) === wanted && valueAt(path) !== undefined) return;
    box.checked = wanted;
    box.dispatchEvent(new Event('change', { bubbles: true }));
    await expectValue(path, wanted);
  }

  async function walk(level: readonly CatalogField[], path: Path): Promise<void> {
    for (const field of level) {
      const at = [...path, field.name];
      const key = JSON.stringify(field);
      await open(field, level, path);
      const place = placeOf(at);
      if (place === null) {
        faults.push(`${JSON.stringify(at)}: has no place in the form`);
        continue;
      }
      if (done.has(key)) continue;
      done.add(key);
      seen.push(key);
      await one(field, at, place);
    }
  }

  async function one(field: CatalogField, at: Path, place: HTMLElement): Promise<void> {
    const { items } = field;
    if (field.type === 'object' && (field.free !== true || field.fields !== undefined)) return walk(field.fields ?? [], at);
    if (field.type === 'boolean') return tick(field, at, field.default !== true);
    if (field.type === 'select') {
      const wanted = choiceFor(field);
      return wanted === undefined ? undefined : choose(place, at, wanted);
    }
    if (field.type === 'array' && items?.type === 'object') {
      const add = [...place.querySelectorAll<Kit>('vscode-button')].findLast((button) => button.closest('[data-field]') === place);
      if (!usable(add, at, 'button')) return;
      add.click();
      if (!(await until(() => Array.isArray(valueAt(at)) && (valueAt(at) as unknown[]).length > 0, `${JSON.stringify(at)}: nothing was added`))) return;
      if (items.free === true) return;
      await until(() => placeOf([...at, 0, items.fields?.[0]?.name ?? '']) !== null, `${JSON.stringify(at)}: what was added has no fields`);
      return walk(items.fields ?? [], [...at, 0]);
    }
    if (field.type === 'array') {
      const before = Array.isArray(valueAt(at)) ? (valueAt(at) as unknown[]) : [];
      if (items?.type === 'select') {
        const select = controls(place, 'vscode-single-select').at(-1);
        const wanted = choiceFor(items);
        if (!usable(select, at, 'select') || wanted === undefined) return;
        select.value = String(wanted);
        select.dispatchEvent(new Event('change'));
        return expectValue(at, [...before, wanted]);
      }
      const control = controls(place, 'vscode-textfield').at(-1);
      if (!usable(control, at, 'field')) return;
      const text = textFor(items ?? field);
      await type(control, text);
      return expectValue(at, [...before, items?.type === 'number' ? Number(text) : text]);
    }
    if (field.type === 'map') {
      const control = controls(place, 'vscode-textfield').at(-1);
      if (!usable(control, at, 'field')) return;
      await type(control, 'some.key');
      await expectValue([...at, 'some.key'], '');
      const label = `${field.label}: value of some.key`;
      const value = (): Kit | undefined =>
        controls(placeOf(at) ?? place, 'vscode-textfield, vscode-textarea').find((row) => (row.getAttribute('label') ?? row.label) === label);
      await until(() => value() !== undefined, `${JSON.stringify(at)}: there is no "${label}"`);
      const row = value();
      if (!usable(row, at, 'value')) return;
      const text = textFor(items ?? field);
      await type(row, text);
      return expectValue([...at, 'some.key'], items?.type === 'number' ? Number(text) : text);
    }
    const [control] = controls(place, 'vscode-textfield, vscode-textarea');
    if (!usable(control, at, 'field')) return;
    if (field.free === true) {
      await type(control, '{"a": {"b": [1]}}');
      return expectValue(at, { a: { b: [1] } });
    }
    const text = textFor(field);
    await type(control, text);
    return expectValue(at, field.type === 'number' ? Number(text) : text);
  }

  await openSections();
  await walk(fields, []);
  const silent = (): string[] =>
    [...document.querySelectorAll<Kit>('.inspector [data-field] :is(vscode-textfield, vscode-textarea, vscode-single-select, vscode-checkbox)')]
      .filter((control) => (control.shadowRoot?.querySelector('[aria-description]')?.getAttribute('aria-description') ?? '') === '')
      .map((control) => `${control.closest<HTMLElement>('[data-field]')?.dataset['field'] ?? ''}: does not say what it is for`);
  if (!(await until(() => silent().length === 0, 'there are controls that do not say what they are for'))) faults.push(...silent());
  return { set, faults, seen };
}
