import type { Page } from 'playwright-core';

declare global {
  interface Window {
    /** How often each component was drawn, by its name. */
    kubeorchRenders: Map<string, number>;
    kubeorchTouched: string[];
  }
}

/**
 * A script that counts what React draws, by the hook that its developer tools use: the page itself knows nothing of
 * being counted. A component was drawn in a commit when its fiber is not the one of the commit before and did work.
 */
export const renderCounter = `
window.kubeorchRenders = new Map();
window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
  supportsFiber: true,
  renderers: new Map(),
  inject() { return 1; },
  onCommitFiberUnmount() {},
  onPostCommitFiberRoot() {},
  onCommitFiberRoot(_id, root) {
    const performedWork = 1;
    const nameOf = (type) => typeof type === 'function' ? type.name : (type && (type.displayName || (type.type && type.type.name) || (type.render && type.render.name)));
    const count = (fiber) => {
      const name = nameOf(fiber.type);
      if (name) window.kubeorchRenders.set(name, (window.kubeorchRenders.get(name) || 0) + 1);
    };
    const walk = (next, previous) => {
      if (next === previous) return;
      const isComponent = next.tag === 0 || next.tag === 11 || next.tag === 14 || next.tag === 15;
      if (isComponent && (previous === null || ((next.flags & performedWork) !== 0 && (next.memoizedProps !== previous.memoizedProps || next.memoizedState !== previous.memoizedState)))) count(next);
      if (previous !== null && next.child === previous.child) return;
      for (let child = next.child; child; child = child.sibling) walk(child, child.alternate);
    };
    if (root.current.alternate !== null) walk(root.current, root.current.alternate);
  },
};
`;

/** Notes which cards are changed in the page from now on, once for each time that something was drawn. */
export async function touchedCards(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    window.kubeorchTouched = [];
    new MutationObserver((records) => {
      const cards = records.flatMap(({ target }) => {
        const element = target instanceof Element ? target : target.parentElement;
        return element?.closest('.react-flow__node')?.getAttribute('data-id') ?? [];
      });
      window.kubeorchTouched.push(...new Set(cards));
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  return () => page.evaluate(() => window.kubeorchTouched);
}
