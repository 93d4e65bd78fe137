import { createRoot } from 'react-dom/client';
import { Channel } from '../src/shared/channel';
import type { CanvasSnapshot, HostEvents, HostRequests, WebviewEvents } from '../src/shared/protocol';
import { App } from './App';
import type { CanvasSession } from './bridge/canvasSession';
import { patience } from './bridge/patience';
import { createCanvasSession, failureText } from './bridge/canvasSession';
import { browserFrames } from './bridge/frames';
import type { HostBridge } from './bridge/hostBridge';
import { WorkflowStream } from './bridge/streams';
import { eventLine } from './runs/eventLine';
import { announceStates } from './store/announcer';
import { createDocumentStore } from './store/documentStore';
import { NodeTails } from './store/nodeTails';
import { createPlanStore } from './store/planStore';
import { createRunStore, isActive } from './store/runStore';
import type { PersistedUi } from './store/uiStore';
import { createUiStore, persistedUi } from './store/uiStore';
import { hasOtherMeaning } from './ui/editableKeys';
import { textFrom } from './ui/texts';

/** What arrives before the session stands; the host posts nothing before it has answered `ready`, but a page may be slow. */
interface Begun {
  readonly session: CanvasSession;
  readonly stream: WorkflowStream;
}

/** A page narrower than this leaves the canvas too little room beside its panels. */
const narrowWidth = 1000;

/** Opens the conversation with the host, makes the stores from its first answer, and draws. */
export function startCanvas(root: HTMLElement, bridge: HostBridge): void {
  let begun: Begun | undefined;
  const early: (() => void)[] = [];
  const whenBegun = (act: (parts: Begun) => void): void => {
    if (begun === undefined) early.push(() => begun !== undefined && act(begun));
    else act(begun);
  };

  const channel: Channel<HostRequests, WebviewEvents, object, HostEvents> = new Channel({
    transport: bridge.transport,
    serve: {},
    hear: {
      documentChanged: (snapshot) => whenBegun(({ session }) => session.documents.getState().confirm(snapshot)),
      documentPatched: (patch) =>
        whenBegun(({ session, stream }) => {
          // Told against a state that never arrived: the page was hidden meanwhile.
          if (!session.documents.getState().patch(patch)) stream.synchronize();
        }),
      catalogChanged: ({ catalog }) => whenBegun(({ session }) => session.documents.getState().replaceCatalog(catalog)),
      targetChanged: ({ target, chosen }) => whenBegun(({ session }) => session.runs.getState().retarget(target, chosen)),
      planChanged: ({ plan }) =>
        whenBegun(({ session }) => {
          session.plans.getState().show(plan);
          if (plan !== null) session.ui.getState().openSide('plan');
        }),
      driftChanged: (drift) => whenBegun(({ session }) => session.runs.getState().showDrift(drift)),
      // The snapshot that the page begins with tells all that was told before it.
      tail: ({ nodeId, event }) => whenBegun(({ session }) => session.tails.receive(nodeId, event)),
      stream: (event) => begun?.stream.receive(event),
      focusNode: ({ nodeId }) => whenBegun(({ session }) => session.wishes.emit({ type: 'focusNode', nodeId })),
      command: ({ name, byKey = false }) =>
        whenBegun(({ session }) => {
          if (byKey && hasOtherMeaning()) return;
          if (name === 'resetView') {
            session.ui.getState().reset();
            session.wishes.emit({ type: 'select', nodeIds: [] });
            session.wishes.emit({ type: 'command', name: 'fitView' });
          } else session.wishes.emit({ type: 'command', name });
        }),
    },
    patience: patience(textFrom({})),
    onFault: (message, error) => channel.tell('fault', { message: error instanceof Error ? `${message} ${error.message}` : message }),
  });

  window.addEventListener('error', (event) => {
    // The browser's own notice that a resize took two frames (xyflow/xyflow#4792); nothing failed.
    if (event.message.startsWith('ResizeObserver loop')) return;
    channel.tell('fault', { message: event.message });
  });
  window.addEventListener('unhandledrejection', (event) => channel.tell('fault', { message: String(event.reason) }));

  const view = createRoot(root, {
    onUncaughtError: (error) => channel.tell('fault', { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  });

  const begin = (snapshot: CanvasSnapshot): void => {
    const text = textFrom(snapshot.texts);
    const documents = createDocumentStore(snapshot.document, snapshot.catalog);
    const runs = createRunStore({
      trusted: snapshot.trusted,
      target: snapshot.target,
      chosen: snapshot.chosen,
      nodes: snapshot.live.nodes,
      health: snapshot.live.health,
      run: snapshot.run,
      diagnosis: snapshot.live.diagnosis,
      drift: snapshot.drift,
    });
    const plans = createPlanStore(snapshot.plan);
    const ui = createUiStore(persistedUi(bridge.savedState(), window.innerWidth < narrowWidth));
    ui.getState().hearKeys(snapshot.ownKeys);
    const viewId = [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const tails = new NodeTails({ frames: browserFrames, tellWanted: (nodeIds) => channel.tell('tailsWanted', { nodeIds }) });
    const session = createCanvasSession({ channel, documents, runs, plans, ui, tails, text, viewId });
    const stream = new WorkflowStream({
      sink: runs.getState(),
      frames: browserFrames,
      sequenceNumber: snapshot.live.sequenceNumber,
      sync: () => channel.request('workflowSync', {}),
      onSnapshot: (next) => {
        documents.getState().confirm(next.document);
        documents.getState().replaceCatalog(next.catalog);
        runs.getState().retarget(next.target, next.chosen, next.trusted);
        runs.getState().showDrift(next.drift);
        ui.getState().hearKeys(next.ownKeys);
        if (next.plan?.digest !== plans.getState().plan?.digest) plans.getState().show(next.plan);
      },
    });
    // A hidden page gets no messages: what happened meanwhile is asked for as soon as it can be seen.
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return;
      stream.synchronize();
      tails.tell();
    });
    ui.subscribe((state, before) => {
      const kept: PersistedUi = {
        viewport: state.viewport,
        selection: state.selection,
        paletteOpen: state.paletteOpen,
        sideOpen: state.sideOpen,
        sideWidth: state.sideWidth,
        liveTail: state.liveTail,
        overview: state.overview,
      };
      if ((Object.keys(kept) as (keyof PersistedUi)[]).some((key) => kept[key] !== before[key])) bridge.saveState(kept);
    });
    runs.subscribe((state, before) => {
      // A run that someone else began or went on with (a command, another view) shows itself.
      if (isActive(state.run) && (!isActive(before.run) || state.run?.runId !== before.run?.runId)) ui.getState().openSide('run');
      // So do its questions.
      if (state.run?.status === 'paused' && before.run?.status !== 'paused') ui.getState().openSide('run');
      const last = state.run?.events.at(-1);
      if (last !== undefined && isActive(before.run) && !isActive(state.run)) ui.getState().announce(eventLine(last, text).words);
    });
    announceStates(session, browserFrames);
    begun = { session, stream };
    view.render(<App session={session} />);
    for (const act of early.splice(0)) act();
  };

  const ask = (): void => {
    channel.request('ready', {}).then(begin, (error: unknown) => {
      view.render(
        <div className="start-failure" role="alert">
          <p>{failureText(error, textFrom({}))}</p>
          <button type="button" className="link-button" onClick={ask}>
            Try again
          </button>
        </div>,
      );
    });
  };
  ask();
}
