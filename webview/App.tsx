import { useEffect, useRef } from 'react';
import type { PointerEvent as ReactPointerEvent } from 'react';
import type { CanvasSession } from './bridge/canvasSession';
import { Canvas } from './canvas/Canvas';
import { Inspector } from './inspector/Inspector';
import { Palette } from './palette/Palette';
import { Banners } from './runs/Banners';
import { PlanPanel } from './runs/PlanPanel';
import { RunPanel } from './runs/RunPanel';
import { Toolbar } from './runs/Toolbar';
import { SessionContext, usePlan, useRun, useSession, useUi } from './store/session';
import type { SidePanel } from './store/uiStore';
import { Button } from './ui/Button';
import { hasCommandKey, isEditable, undoOrRedo } from './ui/editableKeys';
import { Icon } from './ui/Icon';
import { IconButton } from './ui/IconButton';
import { TextContext, useText } from './ui/texts';

/** How long a notice stays. */
const noticeMs = 7000;

function SideTabs() {
  const session = useSession();
  const text = useText();
  const side = useUi((state) => state.side);
  const hasPlan = usePlan((state) => state.plan !== null || state.busy !== undefined || state.failure !== undefined);
  const hasRun = useRun((state) => state.run !== null);
  if (!hasPlan && !hasRun) return null;
  const tabs: readonly (readonly [SidePanel, string, boolean])[] = [
    ['inspector', text('Settings'), true],
    ['plan', text('Plan'), hasPlan],
    ['run', text('Run'), hasRun],
  ];
  return (
    <div className="side-tabs" role="tablist" aria-label={text('Panels')}>
      {tabs.map(([id, label, there]) =>
        there ? (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-controls="side-panel"
            aria-selected={side === id}
            className="side-tab"
            onClick={() => session.ui.getState().openSide(id)}
          >
            {label}
          </button>
        ) : null,
      )}
    </div>
  );
}

function Side() {
  const session = useSession();
  const text = useText();
  const side = useUi((state) => state.side);
  const width = useUi((state) => state.sideWidth);
  const grip = useRef<{ readonly x: number; readonly width: number } | undefined>(undefined);
  const onMove = (event: ReactPointerEvent): void => {
    if (grip.current !== undefined) session.ui.getState().resizeSide(grip.current.width + grip.current.x - event.clientX);
  };
  return (
    <aside className="side" style={{ width }} aria-label={text('Settings panel')}>
      <div
        className="side-grip"
        role="separator"
        aria-orientation="vertical"
        aria-label={text('Width of the panel')}
        aria-valuenow={width}
        tabIndex={0}
        onPointerDown={(event) => {
          grip.current = { x: event.clientX, width };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onMove}
        onPointerUp={() => {
          grip.current = undefined;
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft') session.ui.getState().resizeSide(width + 16);
          if (event.key === 'ArrowRight') session.ui.getState().resizeSide(width - 16);
        }}
      />
      <SideTabs />
      <div className="side-body" id="side-panel">
        {side === 'plan' ? <PlanPanel /> : side === 'run' ? <RunPanel /> : <Inspector />}
      </div>
    </aside>
  );
}

function Notices() {
  const session = useSession();
  const text = useText();
  const notices = useUi((state) => state.notices);
  useEffect(() => {
    const timers = notices.map((notice) => setTimeout(() => session.ui.getState().dismissNotice(notice.id), noticeMs));
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }, [session, notices]);
  return (
    <div className="notices">
      {notices.map((notice) => (
        <div key={notice.id} className="notice" data-severity={notice.severity}>
          <Icon name={notice.severity === 'error' ? 'error' : 'info'} />
          <span>{notice.text}</span>
          {notice.action === undefined ? null : (
            <Button
              secondary
              onClick={() => {
                notice.action?.act();
                session.ui.getState().dismissNotice(notice.id);
                session.wishes.emit({ type: 'focusCanvas' });
              }}
            >
              {notice.action.label}
            </Button>
          )}
          <IconButton icon="close" label={text('Dismiss')} onClick={() => session.ui.getState().dismissNotice(notice.id)} />
        </div>
      ))}
    </div>
  );
}

function LiveRegion() {
  const announcement = useUi((state) => state.announcement);
  return (
    <div className="sr-only" role="status" aria-live="polite">
      {announcement}
    </div>
  );
}

function Workbench() {
  const session = useSession();
  const text = useText();
  const paletteOpen = useUi((state) => state.paletteOpen);
  const sideOpen = useUi((state) => state.sideOpen);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (isEditable(event)) return;
      const act = undoOrRedo(event);
      if (act !== undefined) session[act]();
      else if (hasCommandKey(event) && !event.shiftKey && event.key.toLowerCase() === 's') session.save();
      else return;
      // VS Code hears what bubbles to the window and would do it a second time.
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [session]);

  return (
    <div className="app">
      <Toolbar />
      <div className="stage">
        {paletteOpen ? <Palette /> : null}
        <main className="stage-main" aria-label={text('Canvas')}>
          <Banners />
          <Canvas />
          <Notices />
        </main>
        {sideOpen ? <Side /> : null}
      </div>
      <LiveRegion />
    </div>
  );
}

export function App({ session }: { readonly session: CanvasSession }) {
  return (
    <TextContext value={session.text}>
      <SessionContext value={session}>
        <Workbench />
      </SessionContext>
    </TextContext>
  );
}
