import type { ReactNode } from 'react';

/** A part of a panel that opens and closes: the browser's own element, which screen readers know. */
export function Section({
  title,
  open = true,
  count,
  children,
}: {
  readonly title: string;
  readonly open?: boolean;
  readonly count?: number;
  readonly children: ReactNode;
}) {
  return (
    <details className="section" open={open}>
      <summary>
        <span className="codicon codicon-chevron-right section-arrow" aria-hidden="true" />
        <span className="section-title">{title}</span>
        {count === undefined ? null : <span className="section-count">{count}</span>}
      </summary>
      <div className="section-body">{children}</div>
    </details>
  );
}
