// What a person's hand does on the canvas, and what an eye reads off it.
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

export const nodeOf = (canvas: Frame, id: string): Locator => canvas.locator(`.react-flow__node[data-id="${id}"]`);
export const statusOf = (canvas: Frame, id: string): Locator => nodeOf(canvas, id).locator('.card-status');
export const fieldOf = (canvas: Frame, label: string): Locator => canvas.locator('.inspector').getByRole('textbox', { name: label, exact: true }).first();

/** The middle of something, once it has stopped moving: cards glide when the canvas is fitted or a panel opens beside it. */
export async function centreOf(locator: Locator): Promise<{ x: number; y: number }> {
  // A dry run of a click waits until the element stands still and would be hit.
  await locator.hover({ trial: true });
  const box = await locator.boundingBox();
  if (box === null) throw new Error('It cannot be seen.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drags with the mouse in steps, as a hand does: React Flow and the palette follow the movement. */
export async function drag(workbench: Workbench, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  const { mouse } = workbench.page;
  await mouse.move(from.x, from.y);
  await mouse.down();
  for (let step = 1; step <= 8; step++) await mouse.move(from.x + ((to.x - from.x) * step) / 8, from.y + ((to.y - from.y) * step) / 8);
  await mouse.up();
}

/** An empty place on the canvas, well away from every card and panel. */
export async function emptySpot(canvas: Frame, width = 260, height = 160): Promise<{ x: number; y: number }> {
  await canvas.locator('.react-flow__pane').first().waitFor();
  await standsStill(canvas);
  const pane = await canvas.locator('.react-flow__pane').first().boundingBox();
  if (pane === null) throw new Error('There is no canvas.');
  const taken = await canvas.locator('.react-flow__node, .react-flow__panel, .palette, .inspector, .side').all();
  const boxes = (await Promise.all(taken.map((one) => one.boundingBox()))).filter((box) => box !== null);
  for (let y = pane.y + height / 2 + 8; y < pane.y + pane.height - height / 2; y += 16) {
    for (let x = pane.x + width / 2 + 8; x < pane.x + pane.width - width / 2; x += 16) {
      if (boxes.every((box) => x + width / 2 < box.x || x - width / 2 > box.x + box.width || y + height / 2 < box.y || y - height / 2 > box.y + box.height))
        return { x, y };
    }
  }
  throw new Error('The canvas is full.');
}

/** Waits until the canvas is where it was for some frames: it moves while it is fitted, and shrinks when a panel opens. */
export async function standsStill(canvas: Frame): Promise<void> {
  await canvas.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const look = (): string =>
      [...document.querySelectorAll('.react-flow, .react-flow__viewport, .react-flow__node')]
        .map((one) => {
          const { x, y, width, height } = one.getBoundingClientRect();
          return [x, y, width, height].join(' ');
        })
        .join('\n');
    let before = look();
    for (let same = 0; same < 10;) {
      await frame();
      const now = look();
      same = now === before ? same + 1 : 0;
      before = now;
    }
  });
}

/** Remembers in which order cards come to their state words from now on, as `id: word`. */
export async function recordOrder(canvas: Frame): Promise<() => Promise<string[]>> {
  await canvas.evaluate(() => {
    const order: string[] = [];
    const last = new Map<string, string>();
    const look = (): void => {
      for (const node of document.querySelectorAll('.react-flow__node')) {
        const id = node.getAttribute('data-id') ?? '';
        const word = node.querySelector('.status-label')?.textContent ?? '';
        if (last.get(id) !== word) order.push(`${id}: ${word}`);
        last.set(id, word);
      }
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    (globalThis as unknown as { seenOrder: string[] }).seenOrder = order;
  });
  return () => canvas.evaluate(() => (globalThis as unknown as { seenOrder: string[] }).seenOrder);
}

/** Remembers every state word that each card shows from now on, so that a short-lived one is not missed. */
export async function recordStates(canvas: Frame): Promise<() => Promise<Record<string, string[]>>> {
  await canvas.evaluate(() => {
    const seen: Record<string, string[]> = {};
    const look = (): void => {
      for (const node of document.querySelectorAll('.react-flow__node')) {
        const id = node.getAttribute('data-id') ?? '';
        const word = node.querySelector('.status-label')?.textContent ?? '';
        const words = (seen[id] ??= []);
        if (words.at(-1) !== word) words.push(word);
      }
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    (globalThis as unknown as { seenStates: typeof seen }).seenStates = seen;
  });
  return () => canvas.evaluate(() => (globalThis as unknown as { seenStates: Record<string, string[]> }).seenStates);
}
