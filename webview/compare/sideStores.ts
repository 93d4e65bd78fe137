import type { Catalog } from '../../src/shared/catalog';
import type { DocumentSnapshot } from '../../src/shared/protocol';
import { browserFrames } from '../bridge/frames';
import { createDocumentStore } from '../store/documentStore';
import { NodeTails } from '../store/nodeTails';
import { createPlanStore } from '../store/planStore';
import { createRunStore } from '../store/runStore';
import type { SessionStores } from '../store/session';
import { createUiStore, persistedUi } from '../store/uiStore';
import type { Text } from '../ui/texts';

/** The stores that the cards of one canvas read. Nothing is edited here and no cluster is followed. */
export function sideStores(document: DocumentSnapshot, catalog: Catalog, text: Text): SessionStores {
  return {
    documents: createDocumentStore(document, catalog),
    runs: createRunStore({ trusted: true, target: null, chosen: null, nodes: {}, health: { connected: true }, run: null }),
    plans: createPlanStore(null),
    ui: createUiStore(persistedUi(undefined)),
    // Cards of a comparison show no log lines, so none are ever asked for.
    tails: new NodeTails({ frames: browserFrames, tellWanted: () => undefined }),
    text,
  };
}
