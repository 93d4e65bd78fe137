/**
 * The rooms with a bundle of their own, loaded on first use. Each `import()` here becomes a `require` of that bundle;
 * Node keeps the module, so asking again costs nothing.
 */
export type Engine = typeof import('../engine/index');
export type Kube = typeof import('../kube/index');

export const loadEngine = (): Promise<Engine> => import('../engine/index');
export const loadKube = (): Promise<Kube> => import('../kube/index');
