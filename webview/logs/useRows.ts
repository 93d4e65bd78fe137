import type { RefObject } from 'react';
import { useEffect, useLayoutEffect, useMemo, useState } from 'react';
import type { ParsedLogLine } from '../../src/shared/stream';
import { columnsOf, lineAt, topsOf } from './logLines';

/** Rows drawn above and below what is seen. */
const overscan = 12;
const sidePadding = 24;
/** Measured heights that are remembered, beyond what is drawn. */
const keptHeights = 20_000;

/** Size of the scrolled box and how far it is scrolled. */
function useScroll(box: RefObject<HTMLElement | null>) {
  const [state, setState] = useState({ top: 0, height: 0, width: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const read = (): void => setState({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, [box]);
  return state;
}

/**
 * Which rows are to be drawn and where. Rows are as high as the ruler says while every line is one row; wrapped or unfolded
 * ones are estimated by their columns and corrected by what the browser made of them.
 */
export function useRows(options: {
  readonly box: RefObject<HTMLElement | null>;
  /** Holds the drawn rows, each with its line's `data-id`. */
  readonly window: RefObject<HTMLElement | null>;
  /** One row with a hundred zeros. */
  readonly ruler: RefObject<HTMLElement | null>;
  readonly lines: readonly ParsedLogLine[];
  readonly wrap: boolean;
  readonly expanded: ReadonlySet<number>;
  /** Changes when lines of the same width are drawn in another way. */
  readonly look: string;
}) {
  const { box, window, ruler, lines, wrap, expanded, look } = options;
  const scroll = useScroll(box);
  const [unit, setUnit] = useState({ row: 19, column: 8 });
  const [measured, setMeasured] = useState<{ readonly sign: string; readonly heights: ReadonlyMap<number, number> }>({ sign: '', heights: new Map() });
  const even = !wrap && expanded.size === 0;

  useEffect(() => {
    const element = ruler.current;
    if (element === null) return undefined;
    // The size of the text changes with the editor's settings and with the zoom.
    const observer = new ResizeObserver(() => {
      const { width, height } = element.getBoundingClientRect();
      if (width > 0 && height > 0)
        setUnit((before) => (before.row === height && before.column === width / 100 ? before : { row: height, column: width / 100 }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ruler]);

  const sign = `${wrap} ${wrap ? scroll.width : 0} ${unit.row} ${unit.column} ${look}`;
  const heights = measured.sign === sign ? measured.heights : undefined;
  const tops = useMemo(() => {
    if (even) return undefined;
    const columns = Math.max(20, Math.floor((scroll.width - sidePadding) / unit.column));
    return topsOf(lines.length, (index) => {
      const line = lines[index];
      if (line === undefined) return unit.row;
      return heights?.get(line.id) ?? (wrap ? Math.max(1, Math.ceil((columnsOf(line.message) + 16) / columns)) * unit.row : unit.row);
    });
  }, [even, lines, wrap, scroll.width, unit, heights]);

  const topOf = (index: number): number => (tops === undefined ? index * unit.row : (tops[index] ?? 0));
  const indexAt = (top: number): number => (tops === undefined ? Math.max(0, Math.min(lines.length - 1, Math.floor(top / unit.row))) : lineAt(tops, top));
  const first = Math.max(0, indexAt(scroll.top - overscan * unit.row));
  const last = Math.min(lines.length, indexAt(scroll.top + scroll.height + overscan * unit.row) + 1);

  useLayoutEffect(() => {
    if (even || window.current === null) return undefined;
    const observer = new ResizeObserver((entries) =>
      setMeasured((before) => {
        // Lines come and go; what is known of those that went is let go now and then.
        const kept = before.sign === sign && before.heights.size < keptHeights ? before.heights : new Map<number, number>();
        const changed = entries.flatMap(({ target }): (readonly [number, number])[] => {
          const id = Number((target as HTMLElement).dataset['id']);
          const { height } = target.getBoundingClientRect();
          return height > 0 && Math.abs((kept.get(id) ?? -1) - height) >= 0.5 ? [[id, height]] : [];
        });
        return changed.length === 0 ? before : { sign, heights: new Map([...kept, ...changed]) };
      }),
    );
    const { children } = window.current;
    lines.slice(first, last).forEach((_, offset) => {
      const row = children[offset];
      if (row !== undefined) observer.observe(row);
    });
    return () => observer.disconnect();
  }, [even, window, sign, lines, first, last]);

  return { scroll, rowHeight: unit.row, first, last, topOf, indexAt, height: topOf(lines.length) };
}
