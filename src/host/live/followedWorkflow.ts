import type {
  KnownReplacements,
  LiveDiagnostics,
  LivePatch,
  LiveWorkflow,
  NodeMemory,
  RenderedObject,
  RenderResult,
  ResolvedWorkflow,
  Steps,
} from '../../engine/index';
import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { Target } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import type { StreamHealth, WorkflowStreamBody } from '../../shared/stream';
import type { Connection } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { Engine } from '../rooms';
import { failureWords } from '../words';
import { ClusterStructure } from './clusterStructure';

/** What the present text makes for a target. */
export type Rendering = RenderResult & { readonly environment?: string; readonly resolved: ResolvedWorkflow };

/** Renders the text of an open workflow; while somebody types, all but a node or two are as they were. */
export class DocumentRenderer {
  readonly #open: WorkflowDocument;
  readonly #engine: Engine;
  readonly #memory: NodeMemory;

  constructor(open: WorkflowDocument, engine: Engine) {
    this.#open = open;
    this.#engine = engine;
    this.#memory = new engine.NodeMemory();
  }

  /** @param remembered what the last run made, which stands for charts and bases that this window has not rendered yet */
  render(target: Target | null, remembered: readonly RenderedObject[]): Rendering {
    const { workflow, loaded, sources, resolved: own } = this.#open.state;
    const environment = target?.environment !== undefined && Object.hasOwn(workflow.environments, target.environment) ? target.environment : undefined;
    const { workflowForEnvironment, resolveWorkflow, renderSteps, finished } = this.#engine;
    const resolved = environment === undefined ? own : resolveWorkflow(workflowForEnvironment(workflow, environment), loaded.catalog);
    const request = { loaded, namespace: target?.namespace, sources };
    const rendered = finished(renderSteps(resolved, request, this.#memory.of(resolved, [loaded, target?.namespace, sources])));
    const others = remembered.filter(({ nodeId }) => !sources.has(nodeId));
    return {
      ...rendered,
      ...(environment !== undefined && { environment }),
      objects: others.length === 0 ? rendered.objects : [...rendered.objects, ...others],
    };
  }
}

/** Who is told of what is seen. */
export interface FollowedEvents {
  readonly stream: (body: WorkflowStreamBody) => void;
  readonly podsChanged: () => void;
  readonly diagnosed: () => void;
}

/** What is shown of one workflow while one cluster is followed: statuses, diagnoses and the cluster's own structure, by the present text. */
export class FollowedWorkflow implements Disposable {
  readonly connection: Connection;
  readonly live: LiveWorkflow;
  readonly diagnostics: LiveDiagnostics;
  readonly #parts: { readonly open: WorkflowDocument; readonly engine: Engine; readonly renderer: DocumentRenderer };
  readonly #remembered: readonly RenderedObject[];
  readonly #events: FollowedEvents;
  readonly #lifetime = new DisposableList();
  /** What the cluster itself says of its objects' structure, by which the file is judged while it is followed. */
  readonly #structure: ClusterStructure;
  readonly #replacements: KnownReplacements = new WeakMap();
  #rendered: Rendering | undefined;
  #health: StreamHealth;

  /** Takes the connection over: it ends with this. `show` begins to follow. */
  constructor(parts: {
    open: WorkflowDocument;
    engine: Engine;
    renderer: DocumentRenderer;
    connection: Connection;
    remembered: readonly RenderedObject[];
    clock: Clock;
    log: Logger;
    events: FollowedEvents;
  }) {
    const { open, engine, connection, clock, log: logger, events } = parts;
    const { cluster } = connection;
    const workflow = open.state.workflow.name;
    this.#parts = parts;
    this.#remembered = parts.remembered;
    this.#events = events;
    this.connection = this.#lifetime.add(connection);
    this.live = this.#lifetime.add(new engine.LiveWorkflow({ cluster, clock, logger, workflow, objects: [] }));
    const intent = engine.intentOf({ resolved: open.state.resolved, objects: [] });
    this.diagnostics = this.#lifetime.add(new engine.LiveDiagnostics({ cluster, clock, logger, workflow, intent }));
    this.#structure = this.#lifetime.add(new ClusterStructure(cluster, (documents) => open.setClusterDocuments(documents), logger));
    this.#health = this.live.snapshot().health;
    this.#lifetime.add(
      this.diagnostics.onPatch((patch) => {
        events.stream({ event_type: 'diagnosis_update', data: patch });
        events.diagnosed();
      }),
    );
    this.#lifetime.add(this.live.onPatch((patch) => this.#tell(patch)));
  }

  /** What the text made when it was shown last. */
  get rendered(): readonly RenderedObject[] {
    return this.#rendered?.objects ?? [];
  }

  /** The objects of the present text for the cluster that is followed. */
  objects(): readonly RenderedObject[] {
    return this.#render().objects;
  }

  /** Statuses and diagnoses go by the present text from now on. */
  show(): void {
    const rendered = this.#render();
    this.#rendered = rendered;
    void this.#structure.use(rendered.objects.map(({ object }) => object.apiVersion));
    this.live.setObjects(rendered.objects);
    this.diagnostics.setIntent(this.#parts.engine.intentOf(rendered));
  }

  /** All that is known now, for who begins to look. */
  tellAll(): void {
    const { health, nodes } = this.live.snapshot();
    this.#events.stream({ event_type: 'metadata', data: { target: this.connection.target, health, nodes, diagnosis: this.diagnostics.snapshot() } });
  }

  /** Fields of the present text that the cluster changes for nobody, by the objects that it has. A program's objects are its author's. */
  *replacements(): Steps<readonly Problem[]> {
    const rendered = this.#rendered;
    if (rendered === undefined) return [];
    const { parsed, openApi } = this.#parts.open.state;
    return yield* this.#parts.engine.replacementSteps({
      parsed,
      workflow: rendered.resolved.workflow,
      ...(rendered.environment !== undefined && { environment: rendered.environment }),
      objects: rendered.objects,
      liveOf: (nodeId) => this.live.objectsOf(nodeId),
      openApi,
      known: this.#replacements,
    });
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  #render(): Rendering {
    return this.#parts.renderer.render(this.connection.target, this.#remembered);
  }

  #tell(patch: LivePatch): void {
    const { stream, podsChanged } = this.#events;
    const before = this.#health;
    this.#health = patch.health;
    podsChanged();
    const isOtherHealth = JSON.stringify(patch.health) !== JSON.stringify(before);
    if (patch.removed.length > 0 || (patch.health.connected && isOtherHealth)) {
      stream({ event_type: 'workflow_sync', data: { nodes: this.live.snapshot().nodes, health: patch.health } });
      return;
    }
    const types = new Map(this.#parts.open.state.workflow.nodes.map((node) => [node.id, node.type]));
    const updates = Object.entries(patch.nodes).map(([node_id, status]) => ({ node_id, type: types.get(node_id) ?? '', status }));
    if (updates.length > 0) stream({ event_type: 'node_update', data: { updates } });
    if (isOtherHealth) stream({ event_type: 'error', data: { message: patch.health.error ?? '', health: patch.health } });
  }
}

/** Objects of charts and bases as the inventory on the cluster names them: opening a file starts no program, and yet what one made before is to be seen. */
export async function objectsFromInventory(
  { open, engine, log }: { readonly open: WorkflowDocument; readonly engine: Engine; readonly log: Logger },
  { cluster, target }: Connection,
): Promise<readonly RenderedObject[]> {
  const { workflow, loaded, sources } = open.state;
  const rendered = new Set(loaded.catalog.kinds.flatMap((kind) => (kind.renderedBy === undefined ? [] : [kind.type])));
  const nodes = new Set(workflow.nodes.filter((node) => rendered.has(node.type) && !sources.has(node.id)).map((node) => node.id));
  if (nodes.size === 0) return [];
  try {
    return engine.objectsOfInventory(await engine.readInventory(cluster, workflow.name, target.namespace), nodes);
  } catch (error) {
    log.warn(`What earlier runs made of charts could not be read. ${failureWords(error)}`);
    return [];
  }
}
